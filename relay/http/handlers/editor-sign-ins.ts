import type { Handlers } from "#relay/http/call";
import { codeToShow } from "#relay/http/handlers/pairing";

type Names = "startSignIn" | "finishSignIn" | "readSignIn" | "approveSignIn" | "declineSignIn";

export const editorSignInHandlers: Pick<Handlers, Names> = {
  startSignIn(call, { body }) {
    const { asking, deviceCode } = call.domain.editorSignIns.start(body, call.address);
    return codeToShow(call, "sign-in", asking, deviceCode);
  },

  finishSignIn: ({ domain, deps }, { body }) => ({
    ...domain.editorSignIns.finish(body.deviceCode, body.answerKey),
    relayId: domain.context.relayId,
    team: deps.team,
  }),

  readSignIn({ domain, member }, { params }) {
    const { name, from, expiresAt } = domain.editorSignIns.read(params.code, member.id);
    return { name, from, expiresAt };
  },

  approveSignIn: ({ domain, member }, { params }) => domain.editorSignIns.approve(params.code, member),

  declineSignIn: ({ domain, member }, { params }) => domain.editorSignIns.decline(params.code, member.id),
};
