import { type ExtensionContext, env, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import type { Accounts } from "#extension/account";
import { createDisposables, type Disposable } from "#extension/disposables";
import { createPanelBridge } from "#extension/panel/panel-bridge";
import { type PanelSubject, panelFolder, panelPage } from "#extension/panel/panel-page";
import type { RelayClients } from "#extension/team/relay-clients";
import { BatonError } from "#protocol/errors";
import { RunId } from "#protocol/ids";
import { FromPanel, PanelState, type ToPanel } from "#protocol/panel-link";

/** The type of the panel, as the editor keeps it over a reload of the window. */
export const runPanelType = "baton.run";

/** The panels of runs, one for each run. */
export interface RunPanels extends Disposable {
  open(subject: PanelSubject, title: string): void;
}

export interface RunPanelsDeps {
  readonly context: Pick<ExtensionContext, "extensionUri">;
  readonly accounts: Pick<Accounts, "of" | "onChange" | "refused">;
  readonly clients: RelayClients;
  readonly signIn: (relay: string) => void;
  readonly save: (subject: PanelSubject, file: Extract<FromPanel, { type: "save" }>["file"]) => void;
  readonly fail: (error: unknown) => void;
}

interface OpenPanel extends Disposable {
  readonly panel: WebviewPanel;
  /** The page anew, where somebody else is signed in now. */
  accountChanged(): void;
}

export function createRunPanels(deps: RunPanelsDeps): RunPanels {
  const disposables = createDisposables();
  const panels = new Map<string, OpenPanel>();
  const keyOf = ({ relay, runId }: PanelSubject) => `${relay} ${runId}`;
  const adopt = (panel: WebviewPanel, subject: PanelSubject) => {
    const key = keyOf(subject);
    const opened = fillPanel(panel, subject, deps);
    panels.set(key, opened);
    panel.onDidDispose(() => {
      opened.dispose();
      if (panels.get(key) === opened) panels.delete(key);
    });
  };

  disposables.add(
    window.registerWebviewPanelSerializer(runPanelType, {
      async deserializeWebviewPanel(panel, kept: unknown) {
        const state = PanelState.safeParse(kept);
        if (state.success && isRelayAddress(state.data.relay)) adopt(panel, state.data);
        else panel.dispose();
      },
    }),
  );
  const unlisten = deps.accounts.onChange(() => {
    for (const panel of panels.values()) panel.accountChanged();
  });
  disposables.add({ dispose: unlisten });
  // The panels themselves stay: the editor gives them back after a reload.
  disposables.add({
    dispose() {
      for (const opened of panels.values()) opened.dispose();
    },
  });

  return {
    open(subject, title) {
      const known = panels.get(keyOf(subject));
      if (known) return known.panel.reveal();
      const options = { enableScripts: true, retainContextWhenHidden: true, enableFindWidget: false };
      adopt(window.createWebviewPanel(runPanelType, title, ViewColumn.Active, options), subject);
    },
    dispose: () => disposables.dispose(),
  };
}

function fillPanel(panel: WebviewPanel, subject: PanelSubject, deps: RunPanelsDeps): OpenPanel {
  const { context, accounts, clients, signIn, save, fail } = deps;
  const { webview } = panel;
  const { relay } = subject;
  const disposables = createDisposables();
  const media = (name: string) => Uri.joinPath(context.extensionUri, "extension", "media", name);
  panel.iconPath = { light: media("run-light.svg"), dark: media("run-dark.svg") };
  webview.options = { enableScripts: true, localResourceRoots: [panelFolder(context.extensionUri)] };

  const post = (message: ToPanel) => {
    if (!disposables.isDisposed) void webview.postMessage(message);
  };
  const bridge = disposables.add(
    createPanelBridge({
      client: () => clients.of(relay),
      post,
      refused() {
        const account = accounts.of(relay);
        if (account) accounts.refused(account).catch(fail);
      },
    }),
  );
  let token: string | undefined;
  const show = () => {
    bridge.dispose();
    token = accounts.of(relay)?.token;
    webview.html = panelPage(webview, context.extensionUri, subject);
  };
  const own: { [T in FromPanel["type"]]?: (message: Extract<FromPanel, { type: T }>) => void } = {
    open: ({ path }) => void env.openExternal(Uri.parse(addressOf(relay, path))),
    save: ({ file }) => save(subject, file),
    title({ title }) {
      panel.title = title;
    },
    "sign-in": () => signIn(relay),
    reload: show,
  };
  disposables.add(
    webview.onDidReceiveMessage((raw: unknown) => {
      const parsed = FromPanel.safeParse(raw);
      if (!parsed.success) return fail(new BatonError("message_malformed", { reason: "a panel said what it cannot" }));
      const message = parsed.data;
      bridge.receive(message);
      (own[message.type] as ((message: FromPanel) => void) | undefined)?.(message);
    }),
  );
  disposables.add(panel.onDidChangeViewState(() => post({ type: "visible", visible: panel.visible })));
  show();
  return {
    panel,
    accountChanged() {
      const next = accounts.of(relay)?.token;
      if (next !== undefined && next !== token) show();
    },
    dispose: () => disposables.dispose(),
  };
}

/** A place of the relay's dashboard; whatever is none is its start page. */
export function addressOf(relay: string, path: string): string {
  return /^\/[a-z-]*(\/[a-z]{3}_[0-9a-f]{32}(\/details)?)?$/.test(path) ? `${relay}${path}` : relay;
}

const isRelayAddress = (text: string): boolean => /^https?:\/\/[^/]+(\/.*)?$/.test(text) && URL.canParse(text);
export const isRunId = (text: unknown): text is RunId => RunId.safeParse(text).success;
