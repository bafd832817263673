import type { Member } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { maxTokensPerLocalEditor, serverLinkMs } from "#relay/caps";
import type { Call, Handlers } from "#relay/http/call";
import { linkUrl } from "#relay/http/handlers/session";
import { openApiDocument } from "#relay/http/openapi";

type Names =
  | "readAudit"
  | "readOpenApi"
  | "health"
  | "readiness"
  | "serverOwner"
  | "serverLink"
  | "serverSignIn"
  | "serverJoinToken";

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

  serverOwner: (call) => ({ owner: needOwner(call).name, address: call.deps.site.publicUrl }),

  async serverSignIn(call, { body }) {
    const { context, editorSignIns, tokens } = call.domain;
    const owner = needOwner(call);
    // An editor that lost its token signs in again without a word, so its old ones would pile up.
    const old = tokens
      .listOf(owner.id)
      .filter(({ name }) => name === body.name)
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(maxTokensPerLocalEditor - 1);
    const { change, signedIn } = editorSignIns.draft(owner, body.name);
    await context.ledger.commit([...old.map(({ id }) => ({ collection: "tokens", remove: id }) as const), change]);
    Object.assign(call.audit, { target: signedIn.tokenId, memberId: signedIn.memberId });
    return { ...signedIn, relayId: context.relayId, team: call.deps.team };
  },

  async serverJoinToken(call, { body }) {
    const owner = needOwner(call);
    const { joinToken, secret } = await call.domain.joinTokens.make(
      owner.id,
      body.uses,
      body.expiresInMs,
      body.labels,
      body.mayReplace,
    );
    Object.assign(call.audit, { target: joinToken.id, details: { uses: body.uses } });
    return { secret, expiresAt: joinToken.expiresAt };
  },
};

function needOwner({ domain }: Call): Member {
  const owner = domain.members.firstOwner();
  if (!owner) throw new BatonError("not_found", { what: "owner" });
  return owner;
}
