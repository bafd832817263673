import type { AgentInfo, Prompt, PromptState, Run, Runner } from "#protocol/documents";
import { errorText } from "#protocol/errors";
import type { StateLook } from "#sdk/run-look";
import type { TeamState } from "#sdk/team-store";
import { memberName } from "./format";

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
