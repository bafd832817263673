import { pairingPollMs } from "#relay/caps";
import type { Handlers } from "#relay/http/call";

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
    return {
      deviceCode,
      userCode: pairing.userCode,
      verificationUrl: `${call.deps.site.publicUrl}/pair?code=${pairing.userCode}`,
      expiresAt: pairing.expiresAt,
      intervalMs: pairingPollMs,
    };
  },

  finishPairing({ domain, deps }, { body }) {
    return { ...domain.pairings.finish(body.deviceCode), relayId: domain.context.relayId, team: deps.team };
  },

  readPairing({ domain, member }, { params }) {
    const pairing = domain.pairings.read(params.code, member.id);
    const { id, fingerprint, body, expiresAt, from } = pairing;
    const replaces = domain.pairings.replacedBy(pairing, member.id);
    return { id, fingerprint, body, expiresAt, from, ...(replaces && { replaces }) };
  },

  async approvePairing(call, { params }) {
    const runnerId = await call.domain.pairings.approve(params.code, call.member);
    call.audit.target = runnerId;
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
