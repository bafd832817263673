import { BatonError } from "#protocol/errors";
import { roleAllows } from "#protocol/roles";
import type { Handlers } from "#relay/http/call";
import { enterPath } from "#relay/previews/entry";

type Names = "listPreviews" | "openPreview" | "closePreview" | "enterPreview";

export const previewHandlers: Pick<Handlers, Names> = {
  listPreviews: ({ domain }) => ({ previews: domain.previews.all() }),

  async openPreview({ domain, deps, member, audit }, { body }) {
    if (!deps.previewSite) throw new BatonError("preview_off");
    const { runnerId, port, name } = body;
    const preview = await domain.previews.ask(runnerId, { port, name, runId: undefined }, member);
    audit.target = preview.id;
    return preview;
  },

  async closePreview({ domain, member }, { params }) {
    const { memberId, runnerId } = domain.previews.need(params.id);
    const isOwn = memberId === member.id || domain.runners.get(runnerId)?.memberId === member.id;
    if (!isOwn && !roleAllows(member.role, "approver")) throw new BatonError("not_yours", { what: "preview" });
    await domain.previews.close(params.id);
  },

  enterPreview({ domain, deps, member, caller, deviceId }, { params }) {
    if (!deps.previewSite) throw new BatonError("preview_off");
    const preview = domain.previews.need(params.id);
    const { ticket, expiresAt } = domain.previewGrants.makeTicket(preview.id, {
      memberId: member.id,
      ...(deviceId !== undefined && { deviceId }),
      ...(caller.kind === "member" && caller.token && { tokenId: caller.token.id }),
    });
    const url = `${deps.previewSite.originOf(preview.label)}${enterPath}#ticket=${ticket}`;
    return { url, expiresAt, isFramed: deps.previewSite.isSecure };
  },
};
