import { randomBytes } from "node:crypto";
import { Uri, type Webview } from "vscode";
import { escapeHtml } from "#extension/html";

/** What the page of a run's panel is about. */
export interface PanelSubject {
  /** The relay's address, without a slash at its end; `localPlace` where the run is shown from its keeper. */
  readonly relay: string;
  readonly runId: string;
}

/** The folder that a panel's page may load from. */
export const panelFolder = (extension: Uri): Uri => Uri.joinPath(extension, "dist", "panel");

/**
 * The page of a panel. Its policy lets in one script, by a nonce of its own, and the styles and fonts of the extension;
 * it reaches no network, evaluates nothing and sends no form. Styles are let in inline, because the terminal writes its
 * own.
 */
export function panelPage(webview: Webview, extension: Uri, { relay, runId }: PanelSubject): string {
  const nonce = randomBytes(18).toString("base64url");
  const file = (name: string) => escapeHtml(String(webview.asWebviewUri(Uri.joinPath(panelFolder(extension), name))));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'unsafe-inline'`,
    `font-src ${webview.cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Baton run</title>
    <link rel="stylesheet" href="${file("panel.css")}" />
  </head>
  <body>
    <div id="root" data-relay="${escapeHtml(relay)}" data-run="${escapeHtml(runId)}"></div>
    <script nonce="${nonce}" src="${file("panel.js")}"></script>
  </body>
</html>`;
}
