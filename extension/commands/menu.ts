import { commands, type QuickPickItem, window } from "vscode";
import type { Accounts } from "#extension/accounts/account";
import { type CommandId, commandIds } from "#extension/commands/ids";
import type { Folders } from "#extension/folders";
import type { Hosting } from "#extension/hosting/hosting";
import { withoutIcons } from "#extension/notification-text";
import { isOpenRun } from "#extension/overview";
import type { Questions } from "#extension/prompts/questions";
import { promptTitle } from "#protocol/plain-text";
import { titleOf } from "#runner/core/title";

type Entry = QuickPickItem & { readonly command: CommandId; readonly argument?: unknown };

interface MenuDeps {
  readonly folders: Folders;
  readonly questions: Questions;
  readonly accounts: Accounts;
  readonly hosting: Pick<Hosting, "isRunning">;
}

/** What can be done now, behind the item of the status bar. */
export async function menu({ folders, questions, accounts, hosting }: MenuDeps): Promise<void> {
  const entries = [
    ...questionEntries(questions),
    ...runEntries(folders),
    ...actionEntries(folders, accounts, hosting.isRunning()),
  ];
  const chosen = await window.showQuickPick(entries, { title: "Baton", matchOnDescription: true });
  if (chosen) await commands.executeCommand(chosen.command, chosen.argument);
}

const questionEntries = (questions: Questions): Entry[] =>
  questions.open().map(({ prompt, author }) => ({
    label: `$(question) ${withoutIcons(titleOf(promptTitle(prompt.body.text)))}`,
    description: withoutIcons(`${author.name} asks`),
    command: commandIds.answer,
    argument: prompt.id,
  }));

const runEntries = (folders: Folders): Entry[] =>
  folders.all().flatMap((folder) =>
    folder
      .status()
      .runs.filter(isOpenRun)
      .map((run) => ({
        label: `${run.status === "needs-you" ? "$(bell-dot)" : "$(terminal)"} ${withoutIcons(run.run.header.body.title)}`,
        description: withoutIcons(
          [run.run.header.agent, folder.name, ...run.watchers.map((one) => one.name)].filter(Boolean).join(" · "),
        ),
        command: commandIds.showRun,
        argument: run.runId,
      })),
  );

function actionEntries(folders: Folders, accounts: Accounts, isHosting: boolean): Entry[] {
  const all = folders.all();
  const isConnected = all.some((folder) => folder.pairing());
  const isPaused = all.some((folder) => folder.status().policy === "paused");
  const rows: [boolean, Entry][] = [
    [all.length > 0, { label: "$(add) New Run…", command: commandIds.newRun }],
    [true, { label: "$(new-folder) New Project from Template…", command: commandIds.newProject }],
    [all.length > 0, { label: "$(tools) Build from Template…", command: commandIds.buildProject }],
    [all.some((folder) => !folder.pairing()), { label: "$(plug) Connect to a Relay…", command: commandIds.connect }],
    [!isConnected && !isHosting, { label: "$(server-process) Host a Relay Here…", command: commandIds.hostRelay }],
    [isConnected, { label: "$(link-external) Open Dashboard", command: commandIds.openDashboard }],
    [isConnected && !isPaused, { label: "$(debug-pause) Pause Remote Work", command: commandIds.pause }],
    [isConnected && isPaused, { label: "$(play) Resume Remote Work", command: commandIds.resume }],
    [isConnected, { label: "$(shield) Choose Policy…", command: commandIds.choosePolicy }],
    [all.length > 0, { label: "$(refresh) Look for Agents Again", command: commandIds.check }],
    [isConnected, { label: "$(debug-disconnect) Disconnect from the Relay", command: commandIds.disconnect }],
    [accounts.all().length === 0, { label: "$(sign-in) Sign In…", command: commandIds.signIn }],
    [accounts.all().length > 0, { label: "$(sign-out) Sign Out", command: commandIds.signOut }],
    [isHosting, { label: "$(link) Show the Link of the Hosted Relay", command: commandIds.showHostedRelay }],
    [isHosting, { label: "$(debug-stop) Stop the Hosted Relay", command: commandIds.stopHostedRelay }],
    [true, { label: "$(output) Show Log", command: commandIds.showLog }],
  ];
  return rows.flatMap(([isPossible, entry]) => (isPossible ? [entry] : []));
}
