import type { ErrorRows } from "#protocol/errors/row";

/** Who may do what. */
export const accessErrors = {
  not_signed_in: {
    status: 401,
    text: () => "You are not signed in. Open a sign-in link, or ask an owner for an invitation.",
  },
  session_expired: { status: 401, text: () => "Your session has ended. Sign in again with a new link." },
  session_reused: {
    status: 401,
    text: () => "This session was used from two places, so it was ended. Sign in again with a new link.",
  },
  role_required: {
    status: 403,
    text: (p) => `This needs the role “${p.required}”; yours is “${p.role}”. An owner can change it.`,
  },
  scope_required: { status: 403, text: (p) => `This token lacks the scope “${p.required}”.` },
  host_refused: {
    status: 421,
    text: (p) =>
      `This relay does not answer for ${p.host}; it is at ${p.expected}. Use that address, or start the relay with --public-url.`,
  },
  origin_refused: {
    status: 403,
    text: (p) => `Requests from ${p.origin} are refused; this relay is at ${p.expected}.`,
  },
  link_invalid: { status: 400, text: () => "This link was used before or is too old. Ask for a new one." },
  ticket_invalid: {
    status: 401,
    text: () => "The ticket of this connection was used before or is too old. Reload the page.",
  },
  invitation_invalid: {
    status: 400,
    text: () => "This invitation was used up, withdrawn or is too old. Ask an owner for a new one.",
  },
  last_owner: { status: 409, text: () => "This is the last owner. Make somebody else an owner first." },
  not_yours: { status: 403, text: (p) => `This ${p.what} is somebody else's, so its content is theirs to change.` },
  runner_prompt_refused: {
    status: 403,
    text: (p) => `${p.runner} does not take prompts or typing from you. Its member can allow it.`,
  },
} satisfies ErrorRows;
