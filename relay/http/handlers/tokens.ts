import type { Handlers } from "#relay/http/call";

type Names = "listTokens" | "makeToken" | "removeToken";

export const tokenHandlers: Pick<Handlers, Names> = {
  listTokens: ({ domain, member }) => ({ tokens: domain.tokens.listOf(member.id) }),

  async makeToken(call, { body }) {
    const { tokens, context } = call.domain;
    const { change, token, secret } = tokens.draft(call.member.id, body.name, body.scopes, body.expiresInMs);
    await context.ledger.commit([change]);
    Object.assign(call.audit, { target: token.id, details: { scopes: body.scopes.join(" ") } });
    return { token, secret };
  },

  removeToken: ({ domain, member }, { params }) => domain.tokens.remove(member.id, params.id),
};
