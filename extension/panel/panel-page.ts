import { randomBytes } from "node:crypto";
import { Uri, type Webview } from "vscode";
import { escapeHtml } from "#extension/html";
import type { PanelSubject } from "#protocol/panel-link";

/** The folder that a panel's page may load from. */
export const panelFolder = (extension: Uri): Uri => Uri.joinPath(extension, "dist", "panel");

/**
 * The page of a panel. Its policy lets in one script, by a nonce of its own, and the styles and fonts of the extension;
 * it reaches no network, evaluates nothing and sends no form. Styles are let in inline, because the terminal writes its
 * own, and so are the pictures that go with a prompt.
 * @param frames the origin of the preview that it shows in a frame; absent: none
 */
export function panelPage(webview: Webview, extension: Uri, subject: PanelSubject, frames?: string): string {
  const nonce = randomBytes(18).toString("base64url");
  const file = (name: string) => escapeHtml(String(webview.asWebviewUri(Uri.joinPath(panelFolder(extension), name))));
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'unsafe-inline'`,
    `font-src ${webview.cspSource}`,
    "img-src data:",
    ...(frames === undefined ? [] : [`frame-src ${frames}`]),
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const attributes = Object.entries({ ...subject, ...(frames !== undefined && { frames }) })
    .map(([name, value]) => `data-${name.replace("Id", "")}="${escapeHtml(value)}"`)
    .join(" ");
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Baton</title>
    <link rel="stylesheet" href="${file("panel.css")}" />
  </head>
  <body>
    <div id="root" ${attributes}></div>
    <script nonce="${nonce}" src="${file("panel.js")}"></script>
  </body>
</html>`;
}
