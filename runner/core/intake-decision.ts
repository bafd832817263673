import { BatonError, type ErrorCode, type WireError } from "#protocol/errors";
import { admit } from "#runner/core/admission";
import { defaultTerminalSize } from "#runner/core/caps";
import type { PromptQuestion, RunnerHost } from "#runner/core/host";
import type { IntakeEntry } from "#runner/core/intake-entry";

/** What a decision does with the entry that it is about. */
export interface DecisionSteps {
  /** Whether the entry is still the one of its prompt. */
  isCurrent(entry: IntakeEntry): boolean;
  enter(entry: IntakeEntry, state: IntakeEntry["state"]): void;
  hold(entry: IntakeEntry): void;
  decline(entry: IntakeEntry, reason: WireError | undefined): void;
  /** Whether there is room for another question. */
  mayAsk(): boolean;
  /** The local user is being asked. */
  asking(entry: IntakeEntry): void;
  /** The local user has said yes, to exactly this. */
  saidYes(entry: IntakeEntry): void;
  /** It may be claimed. Called in the same turn in which that was found, so that nothing comes in between. */
  approved(entry: IntakeEntry): Promise<void>;
}

/**
 * Takes one entry from the rules to a command that may run. Each call is a round of its own; a later round, or the
 * end of the entry's own, ends the one before.
 */
export async function decide(host: RunnerHost, steps: DecisionSteps, entry: IntakeEntry): Promise<void> {
  entry.round.abort();
  const round = new AbortController();
  entry.round = round;
  steps.enter(entry, "deciding");
  const isOver = () => round.signal.aborted || !steps.isCurrent(entry);
  const admission = await admit(host, entry.offer.prompt);
  if (isOver()) return;
  if (admission.verdict === "decline") return steps.decline(entry, admission.reason);
  if (admission.verdict === "hold") return steps.hold(entry);
  const { folder } = admission;
  const ask = (why: PromptQuestion["why"]) => askUser(host, steps, entry, folder, why, round.signal);
  if (admission.verdict === "ask" && !(await ask(admission.why))) return;
  let problem = await resolve(host, entry, folder);
  if (isOver()) return;
  const why = problem instanceof BatonError ? askable[problem.code] : undefined;
  if (why && !entry.approved) {
    if (!(await ask(why))) return;
    problem = await resolve(host, entry, folder);
    if (isOver()) return;
  }
  if (problem !== undefined) return steps.decline(entry, wireErrorOf(problem));
  await steps.approved(entry);
}

export const wireErrorOf = (error: unknown): WireError =>
  error instanceof BatonError
    ? error.toJSON()
    : { code: "spawn_failed", params: { command: "", reason: String(error) } };

/** @returns whether it may run, and this round still counts */
async function askUser(
  host: RunnerHost,
  steps: DecisionSteps,
  entry: IntakeEntry,
  folder: string,
  why: PromptQuestion["why"],
  signal: AbortSignal,
): Promise<boolean> {
  const { prompt, author } = entry.offer;
  if (entry.approved) return true;
  if (!steps.mayAsk()) {
    steps.hold(entry);
    return false;
  }
  steps.enter(entry, "asking");
  steps.asking(entry);
  const { agents } = await host.inspect();
  if (signal.aborted) return false;
  const agent = agents.find(({ id }) => id === prompt.agent);
  const answer = await host.ask({ prompt, author, agent, folder, why }, signal);
  if (signal.aborted || !steps.isCurrent(entry)) return false;
  steps.enter(entry, "deciding");
  if (answer.decision === "decline") {
    steps.decline(entry, answer.reason);
    return false;
  }
  if (answer.text !== undefined) entry.text = answer.text;
  entry.approved = true;
  steps.saidYes(entry);
  return true;
}

/** Finds the command. @returns why there is none */
async function resolve(host: RunnerHost, entry: IntakeEntry, folder: string): Promise<unknown> {
  const { prompt, resume } = entry.offer;
  try {
    entry.command = await host.resolveCommand({
      agent: prompt.agent,
      mode: prompt.mode,
      access: prompt.access,
      text: entry.text,
      cwd: folder,
      env: prompt.body.env ?? {},
      size: defaultTerminalSize,
      approved: entry.approved,
      ...(prompt.body.server && { server: prompt.body.server }),
      ...(prompt.body.build && { build: prompt.body.build }),
      ...(prompt.body.attachments && { attachments: prompt.body.attachments, promptId: prompt.id }),
      ...(resume && { resume: { ...(resume.sessionId !== undefined && { sessionId: resume.sessionId }) } }),
    });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** What the local user's word makes possible. */
const askable: Readonly<Partial<Record<ErrorCode, PromptQuestion["why"]>>> = {
  command_line_not_allowed: "line",
  template_not_allowed: "template",
};
