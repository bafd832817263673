import type { ErrorRows } from "#protocol/errors/row";

/** Prompts and runs. */
export const runErrors = {
  prompt_not_queued: { status: 409, text: (p) => `The prompt is ${p.state}, so it can no longer be changed.` },
  prompt_state_refused: { status: 409, text: (p) => `This is not possible while the prompt is ${p.state}.` },
  no_such_agent: { status: 422, text: (p) => `${p.runner} has no agent “${p.agent}”.` },
  queue_full: { status: 429, text: (p) => `The queue holds ${p.max} prompts, its cap. Cancel some or wait.` },
  run_ended: { status: 409, text: () => "The run has ended." },
  claim_given_up: {
    status: 409,
    text: () => "This claim was answered with “never seen”, so it is not started. The prompt is back in the queue.",
  },
  run_never_seen: { status: 404, text: () => "The keeper has never seen this run." },
  runner_away: { status: 503, text: (p) => `${p.runner} is away. This is possible when it is back; its work goes on.` },
  input_lease_lost: { status: 409, text: () => "Somebody else has the keyboard now. What you typed was not sent." },
  input_lease_held: { status: 409, text: (p) => `${p.by} is typing right now. Try again in a moment.` },
  input_lease_needed: { status: 409, text: () => "Take the keyboard first." },
  input_too_large: { status: 413, text: (p) => `One input may have ${p.maxBytes} bytes. Nothing was typed.` },
  input_not_read: { status: 409, text: () => "The program does not read its input right now. Nothing was typed." },
  snapshot_unavailable: { status: 404, text: () => "There is no picture of this terminal yet." },
} satisfies ErrorRows;
