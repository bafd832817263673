import type { AgentInfo, Prompt, PromptState, Run, Runner } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import type { TeamState } from "#sdk/team-store";
import { memberName } from "./format";

export type Tone = "live" | "ok" | "warn" | "error" | "quiet";

/** How a state looks and reads, in rows, headers and for screen readers. */
export interface StateLook {
  readonly label: string;
  /** The same where there is little room. */
  readonly short?: string;
  readonly tone: Tone;
  /** A codicon; absent: a dot. */
  readonly icon?: string;
}

const endLooks: Record<NonNullable<Run["end"]>, (run: Run) => StateLook> = {
  exited: (run) =>
    run.signal !== undefined
      ? endedBySignal(run.signal)
      : run.exitCode === 0 || run.exitCode === undefined
        ? { label: "done", tone: "ok", icon: "pass" }
        : { label: `exit ${run.exitCode}`, tone: "error", icon: "error" },
  cancelled: () => ({ label: "cancelled", tone: "quiet", icon: "circle-slash" }),
  "timed-out": () => ({ label: "timed out", tone: "error", icon: "watch" }),
  lost: () => ({ label: "lost", tone: "error", icon: "debug-disconnect" }),
  failed: () => ({ label: "failed", tone: "error", icon: "error" }),
};

/** Signals by which somebody asks a program to end; any other one is a crash. */
const politeSignals = new Set(["SIGINT", "SIGTERM", "SIGHUP"]);
const endedBySignal = (signal: string): StateLook =>
  politeSignals.has(signal)
    ? { label: `ended by ${signal}`, short: signal, tone: "quiet", icon: "circle-slash" }
    : { label: `ended by ${signal}`, short: signal, tone: "error", icon: "error" };

/** A run's state. While its runner is away it is shown as away, not as ended. */
export function runLook(run: Run): StateLook {
  if (run.status === "ended") return endLooks[run.end ?? "exited"](run);
  if (run.away) return { label: "away", tone: "quiet", icon: "debug-disconnect" };
  if (run.status === "needs-you") return { label: "needs you", tone: "warn", icon: "question" };
  return { label: run.status, tone: "live" };
}

const promptLooks: Record<PromptState, StateLook> = {
  queued: { label: "queued", tone: "quiet" },
  waiting: { label: "waiting at the desk", tone: "quiet", icon: "person" },
  claimed: { label: "starting", tone: "live" },
  started: { label: "started", tone: "live" },
  done: { label: "done", tone: "ok", icon: "pass" },
  failed: { label: "failed", tone: "error", icon: "error" },
  cancelled: { label: "cancelled", tone: "quiet", icon: "circle-slash" },
  declined: { label: "declined", tone: "error", icon: "circle-slash" },
  expired: { label: "expired", tone: "quiet", icon: "watch" },
  "timed-out": { label: "timed out", tone: "error", icon: "watch" },
  lost: { label: "lost", tone: "error", icon: "debug-disconnect" },
  unknown: { label: "unknown", tone: "warn", icon: "question" },
};
export const promptLook = (prompt: Prompt): StateLook => promptLooks[prompt.state];

const runnerLooks: Record<Runner["state"], StateLook> = {
  online: { label: "online", tone: "ok" },
  paused: { label: "paused", tone: "quiet", icon: "debug-pause" },
  away: { label: "away", tone: "quiet" },
  revoked: { label: "revoked", tone: "quiet", icon: "circle-slash" },
};
/** A runner whose link is down is not shown as one that takes work, though it may be back at once. */
export const runnerLook = (runner: Runner): StateLook =>
  runner.reconnecting ? { label: "reconnecting", tone: "quiet" } : runnerLooks[runner.state];

/** Whether a prompt for it starts as soon as it has room. */
export const isOnline = (runner: Runner): boolean => runner.state === "online" && runner.reconnecting !== true;
/** Whether its link is up. */
export const isConnected = (runner: Runner): boolean =>
  (runner.state === "online" || runner.state === "paused") && runner.reconnecting !== true;

/** Where a runner asks its own person: in its editor, or in the terminal that it was started in. */
export const deskOf = ({ body }: Runner): string => `the ${body.editor ? "editor" : "terminal"} on ${body.host}`;

/** Whose yes a prompt waits for, and where it is asked. */
function localQuestion(runner: Runner | undefined, team: People): string {
  if (!runner) return "waits for a yes where its runner runs";
  const owner = team.me?.id === runner.memberId ? "your" : `${memberName(runner.memberId, team.members)}’s`;
  return `waits for ${owner} yes in ${deskOf(runner)}`;
}

type People = Pick<TeamState, "members" | "me">;

/** What a prompt in the queue waits for, in a few words. */
export function promptWaitsFor(
  prompt: Prompt,
  runner: Runner | undefined,
  after: Run | undefined,
  team: People,
): string {
  if (prompt.state === "waiting") return localQuestion(runner, team);
  if (prompt.state === "claimed") return `${runner?.body.name ?? "a runner"} is starting it`;
  if (prompt.state === "unknown") return "may or may not have started";
  if (prompt.reason) return errorText(prompt.reason);
  if (prompt.state !== "queued") return promptLook(prompt).label;
  if (after && after.status !== "ended") return `after “${after.body.title}”`;
  if (!runner) return "label" in prompt.target ? `any runner · ${prompt.target.label}` : "its runner is gone";
  if (runner.reconnecting) return `${runner.body.name} · reconnecting`;
  if (runner.state === "away") return `${runner.body.name} · away`;
  if (runner.state === "paused") return `${runner.body.name} · paused`;
  return runner.body.name;
}

export const modeNames = { once: "Once", interactive: "Interactive" } as const;
export const accessNames = { read: "Read only", edit: "May edit", full: "Full access" } as const;

/** The name of an agent, as some runner reports it. */
export function agentName(id: string, runners: Iterable<Runner>): string {
  for (const runner of runners) {
    const agent = runner.report?.agents.find((candidate) => candidate.id === id);
    if (agent) return agent.name;
  }
  return id;
}

/** Why an agent cannot be used on its runner, or undefined. */
export function agentTrouble(agent: AgentInfo): string | undefined {
  if (!agent.available) return agent.install ? `not installed · ${agent.install}` : "not installed";
  if (agent.missingEnvironment?.length) return `needs ${agent.missingEnvironment.join(", ")}`;
  return undefined;
}
