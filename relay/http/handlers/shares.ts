import { BatonError } from "#protocol/errors";
import { roleAllows } from "#protocol/roles";
import type { Handlers } from "#relay/http/call";
import { enterPath } from "#relay/previews/entry";
import { sharePath } from "#relay/previews/share-entry";

type Names = "listShares" | "makeShare" | "revokeShare" | "peekShare" | "enterShare";

export const shareHandlers: Pick<Handlers, Names> = {
  listShares: ({ domain }, { params }) => ({
    shares: domain.shares.listOf(domain.previews.need(params.id).id),
    arePublic: domain.shares.arePublic,
  }),

  async makeShare({ domain, deps, member, audit }, { params, body }) {
    if (!deps.previewSite) throw new BatonError("preview_off");
    const preview = domain.previews.need(params.id);
    const { share, secret } = await domain.shares.make(preview, body, member);
    const { audience, previewId } = share;
    audit.target = share.id;
    audit.details = { previewId, audience: audience === "public" ? audience : audience.role };
    // Guests come to the preview's own host; members first say on the dashboard who they are.
    const at =
      audience === "public"
        ? `${deps.previewSite.originOf(preview.label)}${sharePath}`
        : `${deps.site.publicUrl}/shared`;
    return { share, url: `${at}#${secret}` };
  },

  async revokeShare({ domain, member }, { params }) {
    const share = domain.shares.find(params.id);
    if (!share) throw new BatonError("not_found", { what: "link" });
    const { runnerId } = domain.previews.need(share.previewId);
    const isOwn = share.memberId === member.id || domain.runners.get(runnerId)?.memberId === member.id;
    if (!isOwn && !roleAllows(member.role, "approver")) throw new BatonError("not_yours", { what: "link" });
    await domain.shares.revoke(share.id);
  },

  peekShare({ domain }, { body }) {
    const { audience } = domain.shares.redeem(body.secret);
    if (audience === "public") throw new BatonError("share_over");
    return { role: audience.role };
  },

  enterShare({ domain, deps, member, caller, deviceId }, { body }) {
    if (!deps.previewSite) throw new BatonError("preview_off");
    const { id, audience, previewId } = domain.shares.redeem(body.secret);
    if (audience === "public") throw new BatonError("share_over");
    if (!roleAllows(member.role, audience.role)) {
      throw new BatonError("role_required", { required: audience.role, role: member.role });
    }
    const { label } = domain.previews.need(previewId);
    const { ticket, expiresAt } = domain.previewGrants.makeTicket(previewId, {
      memberId: member.id,
      shareId: id,
      ...(deviceId !== undefined && { deviceId }),
      ...(caller.kind === "member" && caller.token && { tokenId: caller.token.id }),
    });
    return { url: `${deps.previewSite.originOf(label)}${enterPath}#ticket=${ticket}`, expiresAt };
  },
};
