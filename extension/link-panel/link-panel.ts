import { commands, env, Uri, ViewColumn, type WebviewPanel, window } from "vscode";
import { linkCheckMs } from "#extension/caps";
import { createDisposables, type Disposable } from "#extension/disposables";
import { type LinkAction, type LinkPage, linkActions, linkCommand, linkPage } from "#extension/link-panel/link-page";
import { say } from "#extension/notify";
import { withPatience } from "#extension/progress";

/** A link, and until when it is good if that is not for ever. */
export interface OneLink {
  readonly url: string;
  readonly expiresAt?: number;
}

/** What a panel shows, and where its links come from. */
export interface LinkSubject extends Pick<LinkPage, "heading" | "notes" | "warning" | "hasCode"> {
  /** Of the panel's tab. */
  readonly title: string;
  readonly make: () => Promise<OneLink>;
  /** Whether a one-time link still lets somebody in; absent: it is no one-time link. */
  readonly isGood?: (link: OneLink) => Promise<boolean>;
}

/** The panel of links that are for another device. There is one, and it shows the last link that was asked for. */
export interface LinkPanel extends Disposable {
  show(subject: LinkSubject): Promise<void>;
  /** Shows nothing any more. */
  close(): void;
}

/**
 * @param icon of the panel's tab
 * @param fail is told of what a button could not do
 */
export function createLinkPanel(
  icon: NonNullable<WebviewPanel["iconPath"]>,
  fail: (error: unknown) => void,
): LinkPanel {
  const disposables = createDisposables();
  let isChecking = false;
  let shown: { readonly panel: WebviewPanel; subject: LinkSubject; link: OneLink | undefined } | undefined;

  const draw = (over?: string) => {
    if (!shown) return;
    const { panel, subject, link } = shown;
    const isOneTime = subject.isGood !== undefined;
    panel.webview.html = linkPage({
      ...subject,
      ...(link && { link: { url: link.url, isOneTime, ...(link.expiresAt !== undefined && untilOf(link.expiresAt)) } }),
      ...(over !== undefined && { over }),
    });
  };
  const renew = async (subject: LinkSubject) => {
    const link = await withPatience("making the link", subject.make());
    if (shown?.subject !== subject) return;
    shown.link = link;
    draw();
  };
  /** A link that lets nobody in any more is no longer shown. */
  const check = async () => {
    const { subject, link } = shown ?? {};
    if (!link || !subject?.isGood || !shown?.panel.visible || isChecking) return;
    isChecking = true;
    const isGood = await subject.isGood(link).finally(() => {
      isChecking = false;
    });
    if (isGood || shown?.link !== link) return;
    shown.link = undefined;
    draw(link.expiresAt !== undefined && link.expiresAt <= Date.now() ? "The link has expired." : "The link was used.");
  };

  const acts: { readonly [A in LinkAction]: (link: OneLink | undefined, subject: LinkSubject) => unknown } = {
    async copy(link) {
      if (!link) return;
      await env.clipboard.writeText(link.url);
      say("the link was copied");
    },
    open: (link) => link && env.openExternal(Uri.parse(link.url, true)),
    new: (_, subject) => renew(subject),
  };
  disposables.add(
    commands.registerCommand(linkCommand, async (given: unknown) => {
      const action = linkActions.find((one) => one === given);
      try {
        if (action && shown) await acts[action](shown.link, shown.subject);
      } catch (error) {
        fail(error);
      }
    }),
  );
  const close = () => shown?.panel.dispose();
  disposables.add({ dispose: close });

  return {
    async show(subject) {
      const link = await withPatience("making the link", subject.make());
      if (disposables.isDisposed) return;
      const panel = shown?.panel ?? openPanel();
      shown = { panel, subject, link };
      panel.title = subject.title;
      draw();
      panel.reveal();
    },
    close,
    dispose: () => disposables.dispose(),
  };

  function openPanel(): WebviewPanel {
    const panel = window.createWebviewPanel("baton.link", "Baton", ViewColumn.Active, {
      enableScripts: false,
      enableCommandUris: [linkCommand],
      localResourceRoots: [],
    });
    panel.iconPath = icon;
    const timer = setInterval(() => void check().catch(fail), linkCheckMs);
    panel.onDidDispose(() => {
      clearInterval(timer);
      if (shown?.panel === panel) shown = undefined;
    });
    panel.onDidChangeViewState(() => void check().catch(fail));
    return panel;
  }
}

/** The time of day, with the date where it is not soon. */
const untilOf = (expiresAt: number) => {
  const isSoon = expiresAt - Date.now() < 12 * 60 * 60 * 1000;
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  return { until: new Date(expiresAt).toLocaleString([], isSoon ? time : { ...time, day: "numeric", month: "long" }) };
};
