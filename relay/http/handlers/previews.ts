import type { ResponseOf } from "#protocol/api";
import type { Preview } from "#protocol/documents";
import { BatonError, errorFromWire } from "#protocol/errors";
import type { PreviewId } from "#protocol/ids";
import { roleAllows } from "#protocol/roles";
import { ticketMs } from "#relay/caps";
import type { Call, Handlers } from "#relay/http/call";
import { enterPath } from "#relay/previews/entry";

type Names = "listPreviews" | "openPreview" | "changePreview" | "closePreview" | "enterPreview";

/** @throws BatonError `not_yours` */
function needOwn({ domain, member }: Call, id: PreviewId): void {
  const { memberId, runnerId } = domain.previews.need(id);
  const isOwn = memberId === member.id || domain.runners.get(runnerId)?.memberId === member.id;
  if (!isOwn && !roleAllows(member.role, "approver")) throw new BatonError("not_yours", { what: "preview" });
}

export const previewHandlers: Pick<Handlers, Names> = {
  listPreviews: ({ domain }) => ({ previews: domain.previews.all() }),

  async openPreview({ domain, deps, member, audit }, { body }) {
    const { runnerId, port, name } = body;
    if (!deps.previewSite && !domain.runners.get(runnerId)?.report?.publicPreviews) throw new BatonError("preview_off");
    const preview = await domain.previews.ask(runnerId, { port, name, runId: undefined }, member);
    audit.target = preview.id;
    return preview;
  },

  changePreview(call, { params, body }) {
    needOwn(call, params.id);
    return call.domain.previews.change(params.id, body);
  },

  async closePreview(call, { params }) {
    needOwn(call, params.id);
    await call.domain.previews.close(params.id);
  },

  enterPreview({ domain, deps, member, caller, deviceId }, { params, body }) {
    const preview = domain.previews.need(params.id);
    const { previewSite } = deps;
    if (!previewSite || preview.body.publicOnly) return publicEntry(preview, domain.context.clock());
    const { ticket, expiresAt } = domain.previewGrants.makeTicket(preview.id, {
      memberId: member.id,
      ...(deviceId !== undefined && { deviceId }),
      ...(caller.kind === "member" && caller.token && { tokenId: caller.token.id }),
      ...(body.framedBy && { framedBy: body.framedBy }),
    });
    const url = `${previewSite.originOf(preview.label)}${enterPath}#ticket=${ticket}`;
    return { url, expiresAt, isFramed: previewSite.isSecure };
  },
};

/** A public address needs no ticket, and stands in no page of ours: its cookies would be a third party's. */
function publicEntry({ body }: Preview, now: number): ResponseOf<"enterPreview"> {
  if (body.publicUrl !== undefined) {
    return { url: body.publicUrl, expiresAt: now + ticketMs, isFramed: false, isPublic: true };
  }
  // Its runner says it, and what it says is not to end anybody's session.
  if (body.publicProblem && /^(tunnel|cloudflared)_/.test(body.publicProblem.code)) {
    throw errorFromWire(body.publicProblem);
  }
  throw new BatonError(body.publicOnly ? "preview_address_pending" : "preview_off");
}
