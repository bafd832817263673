import { env, type LogOutputChannel, type QuickPickItem, Uri, window } from "vscode";
import { commandIds } from "#extension/command-ids";
import type { CommandTable } from "#extension/commands";
import { connectFolder } from "#extension/connect";
import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import { menu } from "#extension/menu";
import { askInDialog, notify } from "#extension/notify";
import { isOpenRun } from "#extension/overview";
import type { PolicySwitch } from "#extension/policy";
import { describe, type Questions } from "#extension/questions";
import { savePolicy } from "#extension/settings";
import type { RunnerPolicy } from "#protocol/documents";
import type { PromptId, RunId } from "#protocol/ids";

interface CommandDeps {
  readonly folders: Folders;
  readonly questions: Questions;
  readonly output: LogOutputChannel;
  readonly policy: PolicySwitch;
}

export function createCommandTable({ folders, questions, output, policy }: CommandDeps): CommandTable {
  const all = () => folders.all();
  const paired = () => all().filter((folder) => folder.pairing());
  const runsOf = (isWanted: (run: ReturnType<EditorFolder["status"]>["runs"][number]) => boolean) =>
    all().flatMap((folder) =>
      folder
        .status()
        .runs.filter(isWanted)
        .map((run) => ({ folder, run })),
    );
  const pickRun = (title: string, given: unknown, runs: ReturnType<typeof runsOf>) =>
    pick(
      title,
      runs.filter(({ run }) => runIdOf(given) === undefined || run.runId === runIdOf(given)),
      ({ folder, run }) => ({
        label: run.run.header.body.title,
        description: `${run.run.header.agent} · ${folder.name}`,
      }),
    );

  return {
    [commandIds.connect]: async () => {
      const free = all().filter((folder) => !folder.pairing());
      const folder = await pick("Connect which folder?", free, folderItem);
      const pairing = folder && (await connectFolder(folder));
      if (!folder || !pairing) return;
      await folder.connect(pairing);
      void notify("info", `${folder.name} now takes prompts from ${pairing.team}.`);
    },
    [commandIds.disconnect]: async () => {
      const folder = await pick("Disconnect which folder?", paired(), folderItem);
      await folder?.disconnect();
    },
    [commandIds.openDashboard]: async () => {
      const folder = await pick("Open the dashboard of which folder?", paired(), folderItem);
      const relay = folder?.pairing()?.relay;
      if (relay) await env.openExternal(Uri.parse(relay));
    },
    [commandIds.choosePolicy]: async () => {
      const chosen = await pick("When a prompt comes from the relay", policies, ({ label, detail }) => ({
        label,
        detail,
      }));
      if (chosen) await savePolicy(chosen.policy);
    },
    [commandIds.pause]: () => policy.pause(),
    [commandIds.resume]: () => policy.resume(),
    [commandIds.showRun]: async (given) => {
      const chosen = await pickRun(
        "Show which run?",
        given,
        runsOf(() => true),
      );
      if (chosen && !chosen.folder.showRun(chosen.run.runId)) {
        void notify("info", "The keeper no longer holds this run; its log is on the relay.");
      }
    },
    [commandIds.cancelRun]: async (given) => {
      const chosen = await pickRun("Cancel which run?", given, runsOf(isOpenRun));
      if (!chosen) return;
      const { title } = chosen.run.run.header.body;
      const cancel = "Cancel the Run";
      if ((await askInDialog("warning", `Cancel “${title}”?`, "", cancel)) === cancel) {
        await chosen.folder.cancelRun(chosen.run.runId);
      }
    },
    [commandIds.answer]: async (given) => {
      const open = questions.open().filter(({ prompt }) => given === undefined || prompt.id === promptIdOf(given));
      const question = await pick("Answer which prompt?", open, (one) => ({ label: describe(one) }));
      if (question) questions.show(question.prompt.id);
    },
    [commandIds.check]: async () => {
      await Promise.all(all().map((folder) => folder.check()));
    },
    [commandIds.menu]: () => menu(folders, questions),
    [commandIds.showLog]: () => output.show(),
  };
}

const folderItem = (folder: EditorFolder) => ({ label: folder.name, description: folder.describe().folder });

const policies: readonly (QuickPickItem & { readonly policy: RunnerPolicy; readonly detail: string })[] = [
  { label: "Ask me", policy: "ask", detail: "Each prompt waits for your answer in this editor." },
  { label: "Run at once", policy: "auto", detail: "Whoever may prompt this runner has agents work here, as you." },
  { label: "Pause", policy: "paused", detail: "Prompts wait in the queue; running work goes on." },
];

/** The only one there is, or the one that is chosen. */
async function pick<T>(title: string, from: readonly T[], item: (one: T) => QuickPickItem): Promise<T | undefined> {
  if (from.length <= 1) return from[0];
  const items = from.map((one) => ({ ...item(one), one }));
  return (await window.showQuickPick(items, { title, matchOnDescription: true }))?.one;
}

/** Commands come with an id from a view's row, or with that row's node. */
const runIdOf = (given: unknown): RunId | undefined =>
  typeof given === "string" ? given : (given as { run?: { runId?: RunId } } | undefined)?.run?.runId;
const promptIdOf = (given: unknown): PromptId | undefined =>
  typeof given === "string"
    ? given
    : (given as { question?: { prompt?: { id?: PromptId } } } | undefined)?.question?.prompt?.id;
