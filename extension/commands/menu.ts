import { commands, type QuickPickItem, window } from "vscode";
import { type CommandId, commandIds } from "#extension/commands/ids";
import type { Folders } from "#extension/folders";
import { isOpenRun } from "#extension/overview";
import type { Questions } from "#extension/questions";

type Entry = QuickPickItem & { readonly command: CommandId; readonly argument?: unknown };

/** What can be done now, behind the item of the status bar. */
export async function menu(folders: Folders, questions: Questions): Promise<void> {
  const entries = [...questionEntries(questions), ...runEntries(folders), ...actionEntries(folders)];
  const chosen = await window.showQuickPick(entries, { title: "Baton", matchOnDescription: true });
  if (chosen) await commands.executeCommand(chosen.command, chosen.argument);
}

const questionEntries = (questions: Questions): Entry[] =>
  questions.open().map(({ prompt, author }) => ({
    label: `$(question) ${prompt.body.text.split("\n", 1)[0]}`,
    description: `${author.name} asks`,
    command: commandIds.answer,
    argument: prompt.id,
  }));

const runEntries = (folders: Folders): Entry[] =>
  folders.all().flatMap((folder) =>
    folder
      .status()
      .runs.filter(isOpenRun)
      .map((run) => ({
        label: `${run.status === "needs-you" ? "$(bell-dot)" : "$(terminal)"} ${run.run.header.body.title}`,
        description: [run.run.header.agent, folder.name, ...run.watchers.map((one) => one.name)]
          .filter(Boolean)
          .join(" · "),
        command: commandIds.showRun,
        argument: run.runId,
      })),
  );

function actionEntries(folders: Folders): Entry[] {
  const all = folders.all();
  const isConnected = all.some((folder) => folder.pairing());
  const isPaused = all.some((folder) => folder.status().policy === "paused");
  const rows: [boolean, Entry][] = [
    [all.some((folder) => !folder.pairing()), { label: "$(plug) Connect to a Relay…", command: commandIds.connect }],
    [isConnected, { label: "$(link-external) Open Dashboard", command: commandIds.openDashboard }],
    [isConnected && !isPaused, { label: "$(debug-pause) Pause Remote Work", command: commandIds.pause }],
    [isConnected && isPaused, { label: "$(play) Resume Remote Work", command: commandIds.resume }],
    [isConnected, { label: "$(shield) Choose Policy…", command: commandIds.choosePolicy }],
    [all.length > 0, { label: "$(refresh) Look for Agents Again", command: commandIds.check }],
    [isConnected, { label: "$(debug-disconnect) Disconnect from the Relay", command: commandIds.disconnect }],
    [true, { label: "$(output) Show Log", command: commandIds.showLog }],
  ];
  return rows.flatMap(([isPossible, entry]) => (isPossible ? [entry] : []));
}
