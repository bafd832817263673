import type { Handlers } from "#relay/http/call";

type Names = "listTokens" | "makeToken" | "removeToken";

export const tokenHandlers: Pick<Handlers, Names> = {
  listTokens: ({ domain, member }) => ({ tokens: domain.tokens.listOf(member.id) }),

  async makeToken(call, { body }) {
    const made = await call.domain.tokens.make(call.member.id, body.name, body.scopes, body.expiresInMs);
    Object.assign(call.audit, { target: made.token.id, details: { scopes: body.scopes.join(" ") } });
    return made;
  },

  removeToken: ({ domain, member }, { params }) => domain.tokens.remove(member.id, params.id),
};
