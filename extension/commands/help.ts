import { commands, type ExtensionContext, env, UIKind, Uri, version, window, workspace } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { withPatience } from "#extension/progress";
import { readLogEnd, reportText, systemVersions } from "#extension/report";

/** What helps a person to begin, and to report what went wrong. */
export function helpCommands(context: ExtensionContext, folders: Folders) {
  return {
    [commandIds.getStarted]: () =>
      commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#baton.start`, false),
    [commandIds.reportProblem]: () => withPatience("gathering the report", showReport(context, folders)),
  } satisfies CommandRows;
}

/** `ssh-remote`, `wsl` and the like; where the name is an address, it is nobody's business. */
const remoteKind = (name: string | undefined): string =>
  name === undefined ? "no" : /^[a-z-]+$/.test(name) ? name : "yes";

async function showReport(context: ExtensionContext, folders: Folders): Promise<void> {
  const content = reportText({
    versions: [
      ["Baton", String(context.extension.packageJSON.version)],
      ["Editor", `${env.appName} ${version}${env.uiKind === UIKind.Web ? ", in a browser" : ""}`],
      ["Remote", remoteKind(env.remoteName)],
      ...systemVersions(),
    ],
    folders: folders.all().map((folder) => {
      const { link, keeper, policy } = folder.status();
      return { link: link.state, keeper, policy };
    }),
    log: await readLogEnd(Uri.joinPath(context.logUri, "Baton.log").fsPath),
  });
  await window.showTextDocument(await workspace.openTextDocument({ language: "markdown", content }));
}
