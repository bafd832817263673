import { pairingPollMs } from "#relay/caps";
import type { Call, Handlers } from "#relay/http/call";

type Names =
  | "startPairing"
  | "finishPairing"
  | "readPairing"
  | "approvePairing"
  | "declinePairing"
  | "join"
  | "listJoinTokens"
  | "makeJoinToken"
  | "removeJoinToken";

export const pairingHandlers: Pick<Handlers, Names> = {
  async startPairing(call, { body }) {
    const { pairing, deviceCode } = await call.domain.pairings.start(body, call.address);
    Object.assign(call.audit, { target: body.runnerId });
    return codeToShow(call, "pair", pairing, deviceCode);
  },

  finishPairing({ domain, deps }, { body }) {
    const paired = domain.pairings.finish(body.deviceCode, body.answerKey);
    return { ...paired, relayId: domain.context.relayId, team: deps.team };
  },

  readPairing({ domain, member }, { params }) {
    const pairing = domain.pairings.read(params.code, member.id);
    const { id, fingerprint, body, expiresAt, from, signIn } = pairing;
    const replaces = domain.pairings.replacedBy(pairing, member.id);
    return { id, fingerprint, body, expiresAt, from, ...(signIn && { signIn }), ...(replaces && { replaces }) };
  },

  async approvePairing(call, { params, body }) {
    const runnerId = await call.domain.pairings.approve(params.code, call.member, body.signIn);
    Object.assign(call.audit, { target: runnerId, ...(body.signIn && { details: { signIn: true } }) });
    return call.domain.runners.need(runnerId);
  },

  declinePairing: ({ domain, member }, { params }) => domain.pairings.decline(params.code, member.id),

  async join(call, { body: { token, ...candidate } }) {
    const joined = await call.domain.pairings.join(token, candidate);
    Object.assign(call.audit, { target: candidate.runnerId, memberId: joined.memberId });
    return { ...joined, relayId: call.domain.context.relayId, team: call.deps.team };
  },

  listJoinTokens: ({ domain }) => ({ joinTokens: domain.joinTokens.list() }),

  async makeJoinToken(call, { body }) {
    const made = await call.domain.joinTokens.make(call.member.id, body.uses, body.expiresInMs, body.labels);
    Object.assign(call.audit, { target: made.joinToken.id, details: { uses: body.uses } });
    return made;
  },

  removeJoinToken: ({ domain }, { params }) => domain.joinTokens.remove(params.id),
};

/** What a machine that asks to be approved shows to a person. @param page of the dashboard, on which it is approved */
export const codeToShow = (
  { deps }: Call,
  page: "pair" | "sign-in",
  { userCode, expiresAt }: { readonly userCode: string; readonly expiresAt: number },
  deviceCode: string,
) => ({
  deviceCode,
  userCode,
  verificationUrl: `${deps.site.publicUrl}/${page}?code=${userCode}`,
  expiresAt,
  intervalMs: pairingPollMs,
});
