import { useMemo, useState } from "react";
import type { Access, AgentInfo, PromptTarget, Run, RunMode, Runner } from "#protocol/documents";
import type { ChipOption } from "../controls/controls";
import { accessNames, modeNames } from "../model/describe";
import { useApp, useMe, useStore, useTeam } from "../model/hooks";
import type { Preferences } from "../model/preferences";

/** What the chips of the composer offer, and what is chosen, always one that is possible. */
export interface Choices {
  readonly target: PromptTarget | undefined;
  readonly targetKey: string;
  readonly targets: readonly ChipOption[];
  readonly agent: string;
  readonly agents: readonly ChipOption[];
  readonly mode: RunMode;
  readonly modes: readonly ChipOption[];
  readonly access: Access;
  readonly accesses: readonly ChipOption[];
}

/** What the composer offers and what is chosen. */
export interface Chooser {
  readonly choices: Choices;
  choose(next: Partial<Pick<Preferences, "target" | "agent" | "mode"> & { access: Access }>): void;
  /** A prompt was queued with these choices: they are remembered, full access is not. */
  queued(): void;
}

const runnerKey = (id: string) => `runner:${id}`;
const labelKey = (label: string) => `label:${label}`;

/** @param after the run that a follow-up continues: runner and agent are its own */
export function useChooser(after?: Run): Chooser {
  const { preferences } = useApp();
  const [full, setFull] = useState(false);
  const chosen = useStore(preferences);
  const runners = useTeam((state) => state.runners);
  const me = useMe();
  const choices = useMemo(() => {
    const usable = [...runners.values()].filter(
      (runner) => runner.state !== "revoked" && (!me || mayPrompt(runner, me.id)),
    );
    const wished: Wishes = full ? { ...chosen, access: "full" } : chosen;
    return after ? followUpChoices(after, usable, wished) : newChoices(usable, wished);
  }, [runners, me, chosen, full, after]);
  const choose: Chooser["choose"] = ({ access, ...next }) => {
    if (access !== undefined) setFull(access === "full");
    preferences.change({ ...next, ...(access !== undefined && access !== "full" && { access }) });
  };
  return {
    choices,
    choose,
    queued() {
      setFull(false);
      const { targetKey: target, agent, mode, access } = choices;
      if (!after) choose({ target, agent, mode, ...(access !== "full" && { access }) });
    },
  };
}

/** What a person chose last, which may not be possible now. */
type Wishes = Pick<Preferences, "target" | "agent" | "mode"> & { readonly access: Access };

export const mayPrompt = (runner: Runner, memberId: string): boolean =>
  runner.promptedBy === "team" || runner.memberId === memberId || runner.promptedBy.includes(memberId);

function newChoices(runners: readonly Runner[], chosen: Wishes): Choices {
  const sorted = [...runners].sort(
    (a, b) => stateOrder[a.state] - stateOrder[b.state] || a.body.name.localeCompare(b.body.name),
  );
  const labels = [...new Set(sorted.flatMap((runner) => runner.labels))].sort();
  const targets: ChipOption[] = [
    ...sorted.map((runner) => ({
      value: runnerKey(runner.id),
      text: runner.state === "online" ? runner.body.name : `${runner.body.name} (${runner.state})`,
      ...(labels.length > 0 && { group: "Runners" }),
    })),
    ...labels.map((label) => ({ value: labelKey(label), text: `any · ${label}`, group: "Any runner with the label" })),
  ];
  const targetKey = targets.some((option) => option.value === chosen.target)
    ? chosen.target
    : (targets[0]?.value ?? "");
  const serving = sorted.filter(
    (runner) => runnerKey(runner.id) === targetKey || runner.labels.some((label) => labelKey(label) === targetKey),
  );
  return { ...agentChoices(agentsOf(serving), chosen), targetKey, targets, target: targetOf(targetKey) };
}

function followUpChoices(after: Run, runners: readonly Runner[], chosen: Wishes): Choices {
  const runner = runners.find((candidate) => candidate.id === after.runnerId);
  const agents = agentsOf(runner ? [runner] : []).filter((agent) => agent.id === after.agent);
  return {
    ...agentChoices(agents, { ...chosen, agent: after.agent, access: after.access, mode: "once" }),
    targetKey: runner ? runnerKey(runner.id) : "",
    targets: runner ? [{ value: runnerKey(runner.id), text: runner.body.name }] : [],
    target: runner ? { runnerId: runner.id } : undefined,
  };
}

const stateOrder: Record<Runner["state"], number> = { online: 0, paused: 1, away: 2, revoked: 3 };

function targetOf(key: string): PromptTarget | undefined {
  const [kind, value] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
  if (value === "") return undefined;
  return kind === "label" ? { label: value } : { runnerId: value };
}

/** The agents that can be used on one of the runners, each once. */
function agentsOf(runners: readonly Runner[]): AgentInfo[] {
  const agents = new Map<string, AgentInfo>();
  for (const agent of runners.flatMap((runner) => runner.report?.agents ?? [])) {
    if (agent.available && !agents.has(agent.id)) agents.set(agent.id, agent);
  }
  return [...agents.values()];
}

function agentChoices(
  agents: readonly AgentInfo[],
  chosen: Pick<Wishes, "agent" | "mode" | "access">,
): Pick<Choices, "agent" | "agents" | "mode" | "modes" | "access" | "accesses"> {
  const agent = agents.find((candidate) => candidate.id === chosen.agent) ?? agents[0];
  const modes = (Object.keys(modeNames) as RunMode[]).filter((mode) => agent?.modes[mode] !== undefined);
  const mode = modes.includes(chosen.mode) ? chosen.mode : (modes[0] ?? "once");
  const accesses = (Object.keys(accessNames) as Access[]).filter((access) => agent?.modes[mode]?.includes(access));
  const access = accesses.includes(chosen.access) ? chosen.access : (accesses[0] ?? "edit");
  return {
    agent: agent?.id ?? "",
    agents: agents.map((each) => ({
      value: each.id,
      text: each.missingEnvironment?.length ? `${each.name} (needs ${each.missingEnvironment.join(", ")})` : each.name,
    })),
    mode,
    modes: modes.map((value) => ({ value, text: modeNames[value] })),
    access,
    accesses: accesses.map((value) => ({ value, text: accessNames[value] })),
  };
}
