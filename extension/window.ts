import { commands, type ExtensionContext, type LogOutputChannel, workspace } from "vscode";
import { contextKeys } from "#extension/commands/ids";
import { registerCommands } from "#extension/commands/register";
import { createCommandTable } from "#extension/commands/table";
import { createDisposables, type Disposable } from "#extension/disposables";
import { createFolders } from "#extension/folders";
import { createLinkNotices } from "#extension/link-notices";
import { notify } from "#extension/notify";
import { isOpenRun, overviewOf } from "#extension/overview";
import { createPairingStore } from "#extension/pairing-store";
import { createPolicySwitch } from "#extension/policy";
import { createQuestions } from "#extension/questions";
import { createRunsView } from "#extension/views/runs-view";
import { createStatusBar } from "#extension/views/status-bar";

/** Everything that one window of the editor does. */
export async function startWindow(context: ExtensionContext, output: LogOutputChannel): Promise<Disposable> {
  const disposables = createDisposables();
  const fail = (error: unknown) => {
    output.error(error instanceof Error && error.stack ? error.stack : String(error));
    void notify("error", `Baton: ${error instanceof Error ? error.message : String(error)}`);
  };
  const questions = disposables.add(createQuestions(fail));
  const tellOfLinks = createLinkNotices(fail);
  const statusBar = disposables.add(createStatusBar());
  const folders = disposables.add(
    createFolders({
      output,
      questions,
      pairings: createPairingStore(context.secrets),
      version: versionOf(context),
      changed,
      fail,
    }),
  );
  const view = disposables.add(createRunsView(() => folders.all().flatMap((one) => one.status().runs), questions));
  disposables.add(
    registerCommands(
      createCommandTable({ folders, questions, output, policy: createPolicySwitch(context.globalState) }),
      fail,
    ),
  );
  disposables.add(questions.onDidChange(changed));
  disposables.add(workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("baton") && changed()));
  await folders.start();
  changed();
  return disposables;

  function changed(): void {
    if (disposables.isDisposed) return;
    const all = folders.all();
    const overview = overviewOf(
      all.map((one) => one.status()),
      questions.open().length,
    );
    statusBar.show(overview);
    tellOfLinks(all);
    view.refresh();
    const runs = all.flatMap((one) => one.status().runs);
    setContext({
      ready: all.length > 0,
      canConnect: all.some((one) => !one.pairing()),
      connected: all.some((one) => one.pairing()),
      paused: overview.isPaused,
      hasRuns: runs.length > 0,
      hasOpenRuns: runs.some(isOpenRun),
      asking: questions.open().length > 0,
    });
  }
}

function setContext(values: Record<keyof typeof contextKeys, boolean>): void {
  for (const [name, value] of Object.entries(values)) {
    void commands.executeCommand("setContext", contextKeys[name as keyof typeof contextKeys], value);
  }
}

const versionOf = (context: ExtensionContext): string => String(context.extension.packageJSON.version);
