import { join } from "node:path";
import { type ExtensionContext, window, workspace } from "vscode";
import { createDeeds } from "#extension/deeds";
import { awaitFirstUse } from "#extension/first-use";
import { notify } from "#extension/notify";
import { createUsedFolders } from "#extension/used-folders";
import type { BatonWindow } from "#extension/window";

/**
 * Makes the little that an editor needs which may never use Baton. The rest is in a bundle of its own and is read on
 * first use, or right behind the editor's start where one of the folders was used with Baton before.
 */
export function activate(context: ExtensionContext): void {
  const output = window.createOutputChannel("Baton", { log: true });
  const used = createUsedFolders(context.globalStorageUri.fsPath, (error) => {
    output.warn(`This folder is not remembered as used, and Baton waits for you in the next window: ${error}`);
  });
  const deeds = createDeeds(context.globalState);
  let started: Promise<BatonWindow | undefined> | undefined;
  const start = () => {
    started ??= (async () => {
      firstUse.dispose();
      const { startWindow } = require(join(import.meta.dirname, "window.cjs")) as typeof import("#extension/window");
      const made = await startWindow(context, output, used, deeds);
      context.subscriptions.push(made);
      return made;
    })().catch((error: unknown) => {
      output.error(error instanceof Error && error.stack ? error.stack : String(error));
      void notify("error", `Baton could not start: ${error instanceof Error ? error.message : error}`);
      return undefined;
    });
    return started;
  };
  const firstUse = awaitFirstUse(context, start, (error) => output.error(String(error)));
  const startIfUsed = () => {
    const folders = workspace.workspaceFolders?.map(({ uri }) => uri.toString()) ?? [];
    const isAskedFor = process.env.BATON_RELAY_DATA !== undefined;
    if (isAskedFor || used.includes(folders)) setImmediate(() => void start());
  };
  context.subscriptions.push(output, deeds, firstUse, workspace.onDidChangeWorkspaceFolders(startIfUsed));
  startIfUsed();
}
