import { commands, type ExtensionContext, StatusBarAlignment, type Uri, window, workspace } from "vscode";
import { registerEarlyProvider } from "#extension/accounts/early-provider";
import { commandIds, contextKeys } from "#extension/commands/ids";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";
import { previewPanelType, runPanelType } from "#extension/panel/panel-type";
import { runIdIn, tellOfOddLink } from "#extension/run-link";
import type { BatonWindow } from "#extension/window";

interface Contributed {
  readonly views?: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly terminal?: { readonly profiles?: readonly { readonly id: string }[] };
}

/**
 * Stands in for everything that the manifest contributes until somebody uses it: then `start` is called, and what was
 * asked for is done. It holds nothing and starts nothing by itself.
 * @param start makes the window's real parts; by then this has been disposed of
 */
export function awaitFirstUse(
  context: ExtensionContext,
  start: () => Promise<BatonWindow | undefined>,
  fail: (error: unknown) => void,
): Disposable {
  const { views = {}, terminal } = (context.extension.packageJSON as { contributes: Contributed }).contributes;
  const held = createDisposables();
  for (const id of Object.values(commandIds)) {
    held.add(
      commands.registerCommand(id, async (...args: unknown[]) => {
        return (await start()) && commands.executeCommand(id, ...args);
      }),
    );
  }
  for (const { id } of Object.values(views).flat()) {
    // The editor asks for what a view shows only while the view is seen.
    const getChildren = () => {
      void start();
      return [];
    };
    held.add(window.registerTreeDataProvider<never>(id, { getChildren, getTreeItem: (never) => never }));
  }
  for (const { id } of terminal?.profiles ?? []) {
    held.add(
      window.registerTerminalProfileProvider(id, {
        provideTerminalProfile: async () => (await start())?.terminalProfile(id),
      }),
    );
  }
  // Any page can open a link; one that names nothing starts nothing.
  const handleUri = async (uri: Uri) =>
    runIdIn(uri.path) === undefined ? tellOfOddLink() : (await start())?.openLink(uri);
  held.add(window.registerUriHandler({ handleUri }));
  for (const type of [runPanelType, previewPanelType]) {
    held.add(
      window.registerWebviewPanelSerializer(type, {
        deserializeWebviewPanel: async (panel, kept: unknown) => (await start())?.revivePanel(panel, kept),
      }),
    );
  }
  const begin = async () => {
    const made = await start();
    if (!made) throw new Error("Baton could not start.");
    return made.provider;
  };
  held.add(registerEarlyProvider(context.secrets, begin, fail));
  held.add(showStatus());
  return held;
}

/** What can be done first is offered, as if the rest were there. */
function showStatus(): Disposable {
  const item = window.createStatusBarItem("status", StatusBarAlignment.Left, 0);
  item.name = "Baton";
  item.text = "$(broadcast) Baton";
  item.tooltip = "Show what can be done";
  item.command = commandIds.menu;
  item.show();
  const offer = () => {
    const isReady = workspace.workspaceFolders?.some(({ uri }) => uri.scheme === "file") ?? false;
    for (const key of [contextKeys.ready, contextKeys.canConnect]) {
      void commands.executeCommand("setContext", key, isReady);
    }
  };
  offer();
  const subscription = workspace.onDidChangeWorkspaceFolders(offer);
  return toDisposable(() => {
    subscription.dispose();
    item.dispose();
  });
}
