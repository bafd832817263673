import type { Handlers } from "#relay/http/call";

type Names = "listTemplates" | "putTeamTemplate" | "removeTeamTemplate";

export const templateHandlers: Pick<Handlers, Names> = {
  listTemplates: async ({ deps }) => ({ templates: await deps.templates.all() }),

  async putTeamTemplate({ deps, audit }, { body }) {
    Object.assign(audit, { target: body.id, details: { repository: body.source.repository } });
    await deps.templates.put(body);
    return body;
  },

  removeTeamTemplate: ({ deps }, { params }) => deps.templates.remove(params.id),
};
