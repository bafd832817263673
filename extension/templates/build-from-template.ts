import { type QuickPickItem, window } from "vscode";
import type { EditorFolder } from "#extension/folder";
import { withoutIcons } from "#extension/notification-text";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";
import { askForAgent, askForVisibility, wayItem, waysOf } from "#extension/prompts/ask-for-run";
import { askForPromptText } from "#extension/prompts/prompt-input";
import { askForVariables } from "#extension/templates/ask-variables";
import { askForFolderName } from "#extension/templates/choose-place";
import type { ChosenTemplate } from "#extension/templates/choose-template";
import { usualValue } from "#extension/templates/variable-input";
import type { BuildWish, TemplateManifest } from "#protocol/documents";

/** Has an agent build something that begins with a template, as a run by hand. */
export async function buildFromTemplate(
  { source, opened }: ChosenTemplate,
  folders: readonly EditorFolder[],
): Promise<void> {
  const { manifest } = opened;
  const folder = await pick("Build in which folder?", folders, ({ name }) => ({ label: name }));
  const below = folder && (await askForFolderName(folder, manifest.name));
  if (!folder || below === undefined) return;
  const missing = manifest.variables.filter((variable) => usualValue(variable, below) === "");
  const variables = await askForVariables(missing, below);
  const text = variables && (await askForText(manifest, below));
  const agent = text && (await askForAgent("Build with which agent?", folder));
  if (!variables || !text || !agent) return;
  // One answer has an end, behind which the server can be started.
  const ways = waysOf(agent).sort((a, b) => Number(b.mode === "once") - Number(a.mode === "once"));
  const way = await pick(`How may ${agent.name} work?`, ways, wayItem);
  const steps = way && (await askForSteps(manifest));
  const visibility = steps && (await askForVisibility(folder));
  if (!way || !steps || !visibility) return;
  const { name } = manifest;
  const build: BuildWish = { template: source, name, variables, ...steps };
  const wish = { agent: agent.id, name: agent.name, ...way, text, visibility, folder: below, build };
  const runId = await withPatience(`building ${below}`, folder.startRun(wish));
  folder.showRun(runId);
}

const askForText = ({ name }: TemplateManifest, folder: string) =>
  askForPromptText({
    title: `Build ${folder}`,
    prompt: `What is to be made of ${name}?`,
    missing: (text) => (text.trim() === "" ? "A prompt says what is to be made." : undefined),
  });

type Steps = Pick<BuildWish, "setUp" | "start">;

/** What else happens; the command that makes it ready is seen before it runs. */
async function askForSteps({ setUp }: TemplateManifest): Promise<Steps | undefined> {
  const rows: (QuickPickItem & { readonly id: keyof Steps })[] = [
    ...(setUp === undefined
      ? []
      : [
          {
            id: "setUp" as const,
            picked: true,
            label: `Run “${withoutIcons(setUp)}” first`,
            description: "makes it ready",
          },
        ]),
    { id: "start", picked: true, label: "Start the server when the agent is done" },
  ];
  const chosen = await window.showQuickPick(rows, {
    title: "Beside the agent's work",
    canPickMany: true,
    ignoreFocusOut: true,
  });
  if (!chosen) return undefined;
  const has = (id: keyof Steps) => chosen.some((one) => one.id === id);
  return { ...(has("setUp") && setUp !== undefined && { setUp }), start: has("start") };
}
