import { useCallback, useMemo, useState } from "react";
import {
  type Access,
  type AgentInfo,
  isChosenForPrompts,
  type PromptTarget,
  type Run,
  type RunMode,
  type Runner,
} from "#protocol/documents";
import { mayPrompt } from "#protocol/may-prompt";
import type { ChipOption } from "../controls/controls";
import { accessNames, isOnline, modeNames, runnerLook } from "../model/describe";
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
  /** Who has to come back before the prompt can start; absent while somebody takes it now. */
  readonly waitsFor: Waiting | undefined;
}

/** One runner, or any that carries the label. */
export type Waiting = { readonly runner: Runner } | { readonly label: string };

/** What the composer offers and what is chosen. */
export interface Chooser {
  readonly choices: Choices;
  choose(next: Partial<Pick<Preferences, "target" | "agent" | "mode"> & { access: Access }>): void;
  /** Keeps the runner that is chosen now, whoever comes and goes: something is being written for it. */
  keepTarget(): void;
  /** A prompt was queued with these choices: they are remembered, full access is not. */
  queued(): void;
}

export interface ChooserOptions {
  /** The run that a follow-up continues: runner, agent and access are its own. */
  readonly after?: Run;
  /** The runner of the page that one comes from. */
  readonly runnerId?: string | undefined;
  /** No other runner is offered. */
  readonly isForThatRunner?: boolean;
}

const runnerKey = (id: string) => `runner:${id}`;
const labelKey = (label: string) => `label:${label}`;

export function useChooser({ after, runnerId, isForThatRunner = false }: ChooserOptions = {}): Chooser {
  const { preferences } = useApp();
  /** Where full access was chosen: it is for that runner and that agent alone. */
  const [fullFor, setFullFor] = useState<string>();
  const [picked, setPicked] = useState<string>();
  const chosen = useStore(preferences);
  const runners = useTeam((state) => state.runners);
  const me = useMe();
  const choices = useMemo(() => {
    const usable = [...runners.values()].filter(
      (runner) =>
        runner.state !== "revoked" && (!me || mayPrompt(runner, me.id)) && (!isForThatRunner || runner.id === runnerId),
    );
    if (after) return followUpChoices(after, usable, chosen);
    const pageTarget = runnerId === undefined ? undefined : runnerKey(runnerId);
    const { targets, ...choices } = newChoices(usable, { ...chosen, picked, pageTarget, fullFor });
    return { ...choices, targets: isForThatRunner ? targets.filter(({ value }) => value === pageTarget) : targets };
  }, [runners, me, chosen, fullFor, picked, after, runnerId, isForThatRunner]);
  const { targetKey } = choices;
  const keepTarget = useCallback(() => setPicked((before) => before ?? targetKey), [targetKey]);
  return {
    choices,
    choose({ access, ...next }) {
      if (next.target !== undefined) setPicked(next.target);
      // Full access was chosen for what was chosen then.
      setFullFor(access === "full" ? placeOfAccess(choices) : undefined);
      const accessByAgent = { ...chosen.accessByAgent };
      if (access !== undefined && access !== "full") accessByAgent[choices.agent] = access;
      preferences.change({ ...next, accessByAgent });
    },
    keepTarget,
    queued() {
      setFullFor(undefined);
      setPicked(undefined);
      const { agent, mode } = choices;
      if (!after) preferences.change({ target: targetKey, agent, mode });
    },
  };
}

/** What a person chose, which may not be possible now. */
interface Wishes extends Pick<Preferences, "target" | "agent" | "mode" | "accessByAgent"> {
  readonly picked?: string | undefined;
  readonly pageTarget?: string | undefined;
  readonly fullFor?: string | undefined;
}

const placeOfAccess = ({ targetKey, agent }: Pick<Choices, "targetKey" | "agent">) => `${targetKey} ${agent}`;

function newChoices(runners: readonly Runner[], chosen: Wishes): Choices {
  const sorted = [...runners].sort(
    (a, b) =>
      Number(isOnline(b)) - Number(isOnline(a)) ||
      stateOrder[a.state] - stateOrder[b.state] ||
      a.body.name.localeCompare(b.body.name),
  );
  const labels = [...new Set(sorted.flatMap((runner) => runner.labels))].sort();
  const targets: ChipOption[] = [
    ...sorted.map((runner) => ({
      value: runnerKey(runner.id),
      text: isOnline(runner) ? runner.body.name : `${runner.body.name} (${runnerLook(runner).label})`,
      ...(labels.length > 0 && { group: "Runners" }),
    })),
    ...labels.map((label) => ({ value: labelKey(label), text: `any · ${label}`, group: "Any runner with the label" })),
  ];
  const targetKey = targetFor(sorted, targets, chosen);
  const serving = sorted.filter((runner) => serves(runner, targetKey));
  const agents = agentChoices(agentsOf(serving), chosen, (agent) =>
    chosen.fullFor === placeOfAccess({ targetKey, agent }) ? "full" : (chosen.accessByAgent[agent] ?? defaultAccess),
  );
  return { ...agents, targetKey, targets, target: targetOf(targetKey), waitsFor: waitsFor(serving, targetKey) };
}

const defaultAccess: Access = "edit";

const serves = (runner: Runner, targetKey: string) =>
  runnerKey(runner.id) === targetKey || runner.labels.some((label) => labelKey(label) === targetKey);

/** What was picked here; else, of what is online, the runner of the page, the one used last, the newest. */
function targetFor(runners: readonly Runner[], targets: readonly ChipOption[], wishes: Wishes): string {
  const exists = (key: string | undefined): key is string => targets.some((option) => option.value === key);
  if (exists(wishes.picked)) return wishes.picked;
  const online = runners.filter(isOnline);
  for (const key of [wishes.pageTarget, wishes.target]) {
    if (exists(key) && online.some((runner) => serves(runner, key))) return key;
  }
  const newest = [...online].sort((a, b) => b.pairedAt - a.pairedAt)[0];
  if (newest) return runnerKey(newest.id);
  return [wishes.pageTarget, wishes.target].find(exists) ?? targets[0]?.value ?? "";
}

/** Who has to come back before a prompt for this target can start; undefined while somebody takes it now. */
function waitsFor(serving: readonly Runner[], targetKey: string): Waiting | undefined {
  const [runner] = serving;
  if (!runner || serving.some(isOnline)) return undefined;
  return runnerKey(runner.id) === targetKey ? { runner } : { label: targetKey.slice(targetKey.indexOf(":") + 1) };
}

function followUpChoices(after: Run, runners: readonly Runner[], chosen: Wishes): Choices {
  const runner = runners.find((candidate) => candidate.id === after.runnerId);
  const agents = agentsOf(runner ? [runner] : []).filter((agent) => agent.id === after.agent);
  return {
    ...agentChoices(agents, { ...chosen, agent: after.agent, mode: "once" }, () => after.access),
    // What its runner does not offer any more is refused there, and not replaced here by more than the run had.
    agent: after.agent,
    access: after.access,
    targetKey: runner ? runnerKey(runner.id) : "",
    targets: runner ? [{ value: runnerKey(runner.id), text: runner.body.name }] : [],
    target: runner ? { runnerId: runner.id } : undefined,
    waitsFor: runner && !isOnline(runner) ? { runner } : undefined,
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
    if (agent.available && isChosenForPrompts(agent) && !agents.has(agent.id)) agents.set(agent.id, agent);
  }
  return [...agents.values()];
}

function agentChoices(
  agents: readonly AgentInfo[],
  chosen: Pick<Wishes, "agent" | "mode">,
  accessFor: (agent: string) => Access,
): Pick<Choices, "agent" | "agents" | "mode" | "modes" | "access" | "accesses"> {
  const agent = agents.find((candidate) => candidate.id === chosen.agent) ?? agents[0];
  const modes = (Object.keys(modeNames) as RunMode[]).filter((mode) => agent?.modes[mode] !== undefined);
  const mode = modes.includes(chosen.mode) ? chosen.mode : (modes[0] ?? "once");
  const accesses = (Object.keys(accessNames) as Access[]).filter((access) => agent?.modes[mode]?.includes(access));
  const wished = accessFor(agent?.id ?? "");
  const access = accesses.includes(wished) ? wished : (accesses[0] ?? defaultAccess);
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
