import type { EditorFolder, NewRun } from "#extension/folder";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";
import { accessNames, accessTexts } from "#extension/prompts/access-names";
import { usualAccess, visibilityOf } from "#extension/prompts/usual-run";
import { type Access, type AgentInfo, isChosenForPrompts, type RunMode } from "#protocol/documents";
import { BatonError } from "#protocol/errors";

/** How an agent may work. */
export interface Way {
  readonly mode: RunMode;
  readonly access: Access;
}

/** @returns undefined when the person gave up @throws BatonError `agent_missing` */
export async function askForAgent(title: string, folder: EditorFolder): Promise<AgentInfo | undefined> {
  const agents = await withPatience("looking for agents", folder.agents());
  const agent = await pick(title, installedFirst(agents), agentItem);
  if (!agent) return undefined;
  const { name, available, install = "" } = agent;
  if (!available) throw new BatonError("agent_missing", { agent: name, install });
  return agent;
}

const installedFirst = (agents: readonly AgentInfo[]): AgentInfo[] =>
  agents.filter(isChosenForPrompts).sort((a, b) => Number(b.available) - Number(a.available));

const agentItem = ({ name, icon, available, version }: AgentInfo) => ({
  label: `$(${icon}) ${name}`,
  description: available ? (version ?? "") : "not installed",
});

/** The usual way first: the agent's own interface, with what needs no further thought. */
export function waysOf(agent: AgentInfo): Way[] {
  const ways = (["interactive", "once"] as const).flatMap((mode) =>
    (agent.modes[mode] ?? []).map((access) => ({ mode, access })),
  );
  const isUsual = ({ mode, access }: Way) => access === usualAccess(agent, mode);
  return ways.sort((a, b) => Number(isUsual(b)) - Number(isUsual(a)));
}

const modeTexts: Record<RunMode, string> = {
  interactive: "its own interface",
  once: "one answer, then it ends",
};
export const wayItem = ({ mode, access }: Way) => ({
  label: mode === "interactive" ? "Interactive" : "Once",
  description: accessNames[access],
  detail: `${modeTexts[mode]}; it ${accessTexts[access]}`,
});

type Visibility = NewRun["visibility"];

export const askForVisibility = (folder: EditorFolder): Promise<Visibility | undefined> =>
  pick("Who sees this run?", visibilitiesOf(folder), visibilityItem);

/** What is set stands first; without a relay there is nobody to choose between. */
function visibilitiesOf(folder: EditorFolder): Visibility[] {
  const usual = visibilityOf(folder);
  if (!folder.pairing()) return [usual];
  return usual === "team" ? ["team", "local"] : ["local", "team"];
}

const visibilityItems: Record<Visibility, { label: string; detail: string }> = {
  team: {
    label: "$(organization) The team",
    detail: "It is on the dashboard, and can be watched and typed into there.",
  },
  local: { label: "$(lock) Only you", detail: "Nothing of it leaves this machine until you share it." },
};
const visibilityItem = (visibility: Visibility) => visibilityItems[visibility];
