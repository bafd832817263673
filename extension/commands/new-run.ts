import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";
import { askForAgent, askForVisibility, wayItem, waysOf } from "#extension/prompts/ask-for-run";
import { askForPromptText } from "#extension/prompts/prompt-input";
import type { AgentInfo, RunMode } from "#protocol/documents";
import { builtInProfiles } from "#runner/core/profiles";

/** What starts a run by hand. */
export function newRunCommands(folders: Folders) {
  return {
    [commandIds.newRun]: async () => {
      const folder = await pick("Run in which folder?", folders.all(), (one) => ({
        label: one.name,
        description: one.describe().folder,
      }));
      const agent = folder && (await askForAgent("Run which agent?", folder));
      if (!folder || !agent) return;
      const { name } = agent;
      const way = await pick(`How may ${name} work?`, waysOf(agent), wayItem);
      if (!way) return;
      const text = await askForPrompt(agent, way.mode);
      if (text === undefined) return;
      const visibility = await askForVisibility(folder);
      if (!visibility) return;
      const started = folder.startRun({ agent: agent.id, name, ...way, text, visibility });
      const runId = await withPatience(`starting ${name}`, started);
      folder.showRun(runId);
    },
  } satisfies CommandRows;
}

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
