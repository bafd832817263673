import { TeamTemplate } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { Handlers } from "#relay/http/call";

type Names = "listTemplates" | "putTeamTemplate" | "removeTeamTemplate";

export const templateHandlers: Pick<Handlers, Names> = {
  listTemplates: async ({ deps }) => ({ templates: await deps.templates.all() }),

  async putTeamTemplate({ deps, audit }, { body }) {
    const { error } = TeamTemplate.safeParse(body);
    const issue = error?.issues[0];
    if (issue) throw new BatonError("request_invalid", { field: issue.path.join("."), reason: issue.message });
    Object.assign(audit, { target: body.id, details: { repository: body.source.repository } });
    await deps.templates.put(body);
    return body;
  },

  removeTeamTemplate: ({ deps }, { params }) => deps.templates.remove(params.id),
};
