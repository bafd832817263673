import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { EditorFolder, NewRun } from "#extension/folder";
import type { Folders } from "#extension/folders";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";
import { askForPromptText } from "#extension/prompts/prompt-input";
import { accessNames, accessTexts, usualAccess, visibilityOf } from "#extension/prompts/usual-run";
import { type Access, type AgentInfo, isChosenForPrompts, type RunMode } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { builtInProfiles } from "#runner/core/profiles";

/** What starts a run by hand. */
export function newRunCommands(folders: Folders) {
  return {
    [commandIds.newRun]: async () => {
      const folder = await pick("Run in which folder?", folders.all(), (one) => ({
        label: one.name,
        description: one.describe().folder,
      }));
      if (!folder) return;
      const agents = await withPatience("looking for agents", folder.agents());
      const agent = await pick("Run which agent?", installedFirst(agents), agentItem);
      if (!agent) return;
      const { name, available, install = "" } = agent;
      if (!available) throw new BatonError("agent_missing", { agent: name, install });
      const way = await pick(`How may ${name} work?`, waysOf(agent), wayItem);
      if (!way) return;
      const text = await askForPrompt(agent, way.mode);
      if (text === undefined) return;
      const visibility = await pick("Who sees this run?", visibilitiesOf(folder), visibilityItem);
      if (!visibility) return;
      const started = folder.startRun({ agent: agent.id, name, ...way, text, visibility });
      const runId = await withPatience(`starting ${name}`, started);
      folder.showRun(runId);
    },
  } satisfies CommandRows;
}

interface Way {
  readonly mode: RunMode;
  readonly access: Access;
}

const installedFirst = (agents: readonly AgentInfo[]): AgentInfo[] =>
  agents.filter(isChosenForPrompts).sort((a, b) => Number(b.available) - Number(a.available));

const agentItem = ({ name, icon, available, version }: AgentInfo) => ({
  label: `$(${icon}) ${name}`,
  description: available ? (version ?? "") : "not installed",
});

/** The usual way first: the agent's own interface, with what needs no further thought. */
function waysOf(agent: AgentInfo): Way[] {
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
const wayItem = ({ mode, access }: Way) => ({
  label: mode === "interactive" ? "Interactive" : "Once",
  description: accessNames[access],
  detail: `${modeTexts[mode]}; it ${accessTexts[access]}`,
});

/** @returns undefined when the person gave up; empty where the agent begins without a prompt */
async function askForPrompt({ id, name }: AgentInfo, mode: RunMode): Promise<string | undefined> {
  const isRequired = needsPrompt(id, mode);
  const missing = `${name} needs a prompt.`;
  return askForPromptText({
    title: `Prompt for ${name}`,
    prompt: isRequired ? "What is it to do?" : "What is it to do? Leave it empty to begin by yourself.",
    missing: (text) => (isRequired && text.trim() === "" ? missing : undefined),
  });
}

/** A profile of the user's own says so when it is started without one. */
function needsPrompt(agent: string, mode: RunMode): boolean {
  const prompt = builtInProfiles.find(({ id }) => id === agent)?.modes[mode]?.prompt;
  return mode === "once" || (prompt?.via === "argument" && prompt.required);
}

type Visibility = NewRun["visibility"];

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
