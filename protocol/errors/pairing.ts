import type { ErrorRows } from "#protocol/errors/row";

/** Pairing, and signing in by a code. */
export const pairingErrors = {
  pairing_pending: { status: 428, text: () => "Nobody has approved this code yet." },
  pairing_declined: { status: 403, text: () => "The request was declined." },
  pairing_invalid: {
    status: 404,
    text: () => "This code is wrong, was used, or is too old. Start again where it was shown.",
  },
  join_token_invalid: {
    status: 403,
    text: () => "This join token is used up, withdrawn or too old. Ask an owner for a new one.",
  },
  relay_changed: {
    status: 409,
    text: (p) =>
      `At ${p.relay} another relay answers than the one that this folder was connected to. Nothing was sent to it, and what runs goes on. If the relay was set up anew, connect again.`,
  },
  pairing_damaged: {
    status: 500,
    text: () =>
      "How this folder was connected to its relay can no longer be read. What was kept is set aside, and what runs goes on; connect again.",
  },
  signature_invalid: { status: 401, text: () => "The runner could not prove its key. Pair it again." },
  runner_revoked: {
    status: 403,
    text: (p) => `This runner was revoked by ${p.by}. Its runs are kept; pair it again to go on.`,
  },
  runner_replaced: {
    status: 409,
    text: (p) =>
      `Another window or runner now serves this folder (${p.host}). This one takes no prompts any more; what runs goes on.`,
  },
} satisfies ErrorRows;
