import type { Prompt, PromptState, Run } from "#protocol/documents";
import type { WireError } from "#protocol/errors";
import type { RunId, RunnerId } from "#protocol/ids";
import type { Change } from "#relay/store/store";

/** A prompt in this state can still be changed, moved and cancelled. */
export const isQueued = (prompt: Prompt): boolean => prompt.state === "queued" || prompt.state === "waiting";

/** It belongs to a runner and has not ended. */
export const isClaimed = (prompt: Prompt): boolean =>
  prompt.state === "claimed" || prompt.state === "started" || prompt.state === "unknown";

export const claimedPrompt = (prompt: Prompt, claimedBy: RunnerId, now: number): Prompt => ({
  ...prompt,
  state: "claimed",
  claimedBy,
  claimedAt: now,
});

export const startedPrompt = (prompt: Prompt, runId: RunId): Prompt => ({ ...prompt, state: "started", runId });

/** In the queue once more, under a new attempt: what an older offer or claim says no longer counts. */
export function requeuedPrompt(prompt: Prompt): Prompt {
  const { claimedBy: _, claimedAt: __, runId: ___, ...rest } = prompt;
  return { ...rest, state: "queued", attempt: prompt.attempt + 1 } as Prompt;
}

/** The change that ends a prompt and moves it to the archive. */
export function endedPrompt(prompt: Prompt, state: PromptState, now: number, reason?: WireError): Change {
  const ended: Prompt = { ...prompt, rev: prompt.rev + 1, state, endedAt: now, ...(reason && { reason }) };
  return { collection: "prompts", archive: ended };
}

const statesByEnd = {
  exited: "done",
  cancelled: "cancelled",
  "timed-out": "timed-out",
  lost: "lost",
  failed: "failed",
} as const satisfies Record<NonNullable<Run["end"]>, PromptState>;

/** How a prompt ended whose run ended. */
export function stateOfEndedRun(run: Run): PromptState {
  const state = statesByEnd[run.end ?? "lost"];
  const failed = run.exitCode === undefined ? run.signal !== undefined : run.exitCode !== 0;
  return state === "done" && failed ? "failed" : state;
}
