import { BatonError } from "#protocol/errors";
import { serverLinkMs } from "#relay/caps";
import type { Handlers } from "#relay/http/call";
import { linkUrl } from "#relay/http/handlers/session";
import { openApiDocument } from "#relay/http/openapi";

type Names = "readAudit" | "readOpenApi" | "health" | "readiness" | "serverLink" | "serverJoinToken";

let openApi: object | undefined;

export const relayHandlers: Pick<Handlers, Names> = {
  readAudit: ({ domain }, { query }) =>
    domain.context.store.audit.page({
      limit: query.limit,
      ...(query.cursor !== undefined && { cursor: query.cursor }),
    }),

  readOpenApi({ deps }) {
    // Made once: it takes tens of milliseconds, and everybody may ask for it.
    openApi ??= openApiDocument(deps.site.publicUrl, deps.version);
    return openApi;
  },

  health: ({ deps }) => ({ ok: true, version: deps.version }),

  readiness({ domain, deps, response }) {
    const ok = domain.context.store.health.error === undefined && !deps.closing.aborted;
    if (!ok) response.status(503);
    return { ok };
  },

  async serverLink(call, { body }) {
    const { members, links } = call.domain;
    const known = members.named(body.name);
    const who = known ? { memberId: known.id } : { name: body.name, role: body.role };
    const { secret, expiresAt } = await links.make(who, serverLinkMs);
    Object.assign(call.audit, { target: known?.id ?? body.name, details: { role: known?.role ?? body.role } });
    return { url: linkUrl(call, "link", secret), expiresAt };
  },

  async serverJoinToken(call, { body }) {
    const owner = call.domain.members.firstOwner();
    if (!owner) throw new BatonError("not_found", { what: "owner" });
    const { joinToken, secret } = await call.domain.joinTokens.make(owner.id, body.uses, body.expiresInMs, body.labels);
    Object.assign(call.audit, { target: joinToken.id, details: { uses: body.uses } });
    return { secret, expiresAt: joinToken.expiresAt };
  },
};
