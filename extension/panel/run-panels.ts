import { type ExtensionContext, env, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import type { Accounts } from "#extension/accounts/account";
import { createDisposables, type Disposable } from "#extension/disposables";
import type { PanelClient } from "#extension/local/local-client";
import { isOfPreview } from "#extension/panel/own-preview";
import { isOfRun } from "#extension/panel/own-run";
import { createPageTurns } from "#extension/panel/page-turns";
import { createPanelBridge } from "#extension/panel/panel-bridge";
import { panelClient } from "#extension/panel/panel-client";
import { panelFolder, panelPage } from "#extension/panel/panel-page";
import { previewPanelType, runPanelType } from "#extension/panel/panel-type";
import { createRememberedPanels } from "#extension/panel/remembered-panels";
import type { RelayClients } from "#extension/team/relay-clients";
import { panelIcon } from "#extension/views/panel-icon";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import {
  FromPanel,
  localPlace,
  PanelState,
  type PanelSubject,
  type PreviewSubject,
  type RunSubject,
  subjectName,
  subjectOf,
  type ToPanel,
} from "#protocol/panel-link";

/** The panels of runs and previews, one for each. */
export interface RunPanels extends Disposable {
  open(subject: PanelSubject, title: string): void;
  /** Fills a panel that the editor gives back after a reload, from what its page has kept. */
  revive(panel: WebviewPanel, kept: unknown): Promise<void>;
}

export interface RunPanelsDeps {
  readonly context: Pick<ExtensionContext, "extensionUri" | "workspaceState">;
  readonly accounts: Pick<Accounts, "of" | "onChange" | "refused">;
  /** Until then nobody seems to be signed in. */
  readonly accountsRead: Promise<unknown>;
  readonly clients: RelayClients;
  /** What stands for a relay's client, for a run of this machine. @throws BatonError `run_never_seen` */
  readonly local: (runId: RunId) => PanelClient;
  /** A panel was opened, or is there again. */
  readonly opened: () => void;
  readonly signIn: (relay: string) => void;
  readonly save: (subject: RunSubject, file: Extract<FromPanel, { type: "save" }>["file"]) => void;
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
  const remembered = createRememberedPanels(deps.context.workspaceState);
  const adopt = (panel: WebviewPanel, subject: PanelSubject) => {
    const key = subjectName(subject);
    const opened = fillPanel(panel, subject, deps);
    deps.opened();
    panels.set(key, opened);
    panel.onDidDispose(() => {
      opened.dispose();
      if (panels.get(key) === opened) panels.delete(key);
    });
  };

  const revive = async (panel: WebviewPanel, kept: unknown) => {
    const state = PanelState.safeParse(kept);
    const subject = state.success ? subjectOf(state.data) : undefined;
    if (!subject || !remembered.has(subject)) return panel.dispose();
    let isOpen = true;
    const closing = panel.onDidDispose(() => {
      isOpen = false;
    });
    await deps.accountsRead;
    closing.dispose();
    if (isOpen && !disposables.isDisposed) adopt(panel, subject);
  };
  for (const type of [runPanelType, previewPanelType]) {
    disposables.add(window.registerWebviewPanelSerializer(type, { deserializeWebviewPanel: revive }));
  }
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
    open(given, title) {
      // A row of a list says more of it than a page shall know.
      const subject = subjectOf(given);
      remembered.add(subject);
      const known = panels.get(subjectName(subject));
      if (known) return known.panel.reveal();
      const options = { enableScripts: true, retainContextWhenHidden: true, enableFindWidget: false };
      const type = "runId" in subject ? runPanelType : previewPanelType;
      adopt(window.createWebviewPanel(type, title, ViewColumn.Active, options), subject);
    },
    revive,
    dispose: () => disposables.dispose(),
  };
}

function fillPanel(panel: WebviewPanel, subject: PanelSubject, deps: RunPanelsDeps): OpenPanel {
  const { context, accounts, clients, local, signIn, save, fail } = deps;
  const { webview } = panel;
  const { relay } = subject;
  const disposables = createDisposables();
  panel.iconPath = panelIcon(context);
  webview.options = { enableScripts: true, localResourceRoots: [panelFolder(context.extensionUri)] };

  const post = (message: ToPanel) => {
    if (!disposables.isDisposed) void webview.postMessage(message);
  };
  const held = relay === localPlace && "runId" in subject ? local(subject.runId) : undefined;
  const bridge = disposables.add(
    createPanelBridge({
      client: async () => (held ? { client: held, refused: () => undefined } : panelClient(deps, relay)),
      post,
    }),
  );
  const pages = disposables.add(
    createPageTurns((html) => {
      bridge.dispose();
      webview.html = html;
    }),
  );
  let token: string | undefined;
  let round = 0;
  const show = async () => {
    token = accounts.of(relay)?.token;
    const mine = ++round;
    const frames = "previewId" in subject ? await originOf(clients, subject) : undefined;
    if (mine === round && !disposables.isDisposed) {
      pages.turnTo(panelPage(webview, context.extensionUri, subject, frames));
    }
  };
  const own: { [T in FromPanel["type"]]?: (message: Extract<FromPanel, { type: T }>) => void } = {
    open: ({ path }) => relay !== localPlace && void env.openExternal(Uri.parse(addressOf(relay, path))),
    save: ({ file }) => "runId" in subject && save(subject, file),
    outside: () => "previewId" in subject && void openOutside(clients, subject).catch(fail),
    title({ title }) {
      panel.title = title;
    },
    loaded: () => pages.loaded(),
    "sign-in": () => signIn(relay),
    reload: () => void show(),
  };
  disposables.add(
    webview.onDidReceiveMessage((raw: unknown) => {
      const parsed = FromPanel.safeParse(raw);
      if (!parsed.success) return fail(new BatonError("message_malformed", { reason: "a panel said what it cannot" }));
      const message = parsed.data;
      if (!("runId" in subject ? isOfRun(message, subject.runId) : isOfPreview(message, subject))) {
        const error = new BatonError("not_yours", { what: "runId" in subject ? "run" : "preview" });
        if (message.type === "call") post({ type: "refusal", id: message.id, error: error.toJSON() });
        return fail(error);
      }
      bridge.receive(message);
      (own[message.type] as ((message: FromPanel) => void) | undefined)?.(message);
    }),
  );
  disposables.add(panel.onDidChangeViewState(() => post({ type: "visible", visible: panel.visible })));
  void show();
  return {
    panel,
    accountChanged() {
      const next = accounts.of(relay)?.token;
      if (next !== undefined && next !== token) void show();
    },
    dispose: () => disposables.dispose(),
  };
}

/** Where a preview is, if it can stand in a frame and somebody here may see it. */
const originOf = async (
  clients: RelayClients,
  { relay, previewId: id }: PreviewSubject,
): Promise<string | undefined> => {
  try {
    const { url, isFramed } = await (await clients.of(relay)).call("enterPreview", { params: { id } });
    return isFramed ? new URL(url).origin : undefined;
  } catch {
    // What is wrong is told to the page, which asks for the same.
    return undefined;
  }
};

async function openOutside(clients: RelayClients, { relay, previewId: id }: PreviewSubject): Promise<void> {
  const { url } = await (await clients.of(relay)).call("enterPreview", { params: { id } });
  await env.openExternal(Uri.parse(url));
}

/** A place of the relay's dashboard; whatever is none is its start page. */
export function addressOf(relay: string, path: string): string {
  return /^\/[a-z-]*(\/[a-z]{3}_[0-9a-f]{32}(\/details)?)?$/.test(path) ? `${relay}${path}` : relay;
}
