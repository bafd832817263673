import { randomBytes } from "node:crypto";
import { renderSVG } from "uqr";
import { escapeHtml } from "#extension/html";

/** What the panel of a link says. All of it is text, whoever wrote it. */
export interface LinkPage {
  readonly heading: string;
  readonly notes: readonly string[];
  readonly warning?: string;
  /** Absent: it is not good any more, as `over` says. */
  readonly link?: { readonly url: string; readonly isOneTime: boolean; readonly until?: string };
  readonly over?: string;
  /** Whether a phone could reach it. */
  readonly hasCode: boolean;
}

/** What the page's buttons can ask for; nothing else is a command there. */
export const linkCommand = "baton.linkPanel";
export const linkActions = ["copy", "open", "new"] as const;
export type LinkAction = (typeof linkActions)[number];

/**
 * The page of a link: no script, nothing from a network, and buttons that are the one command which the panel lets
 * through. The picture is dark on light in every theme, because a camera needs that.
 */
export function linkPage({ heading, notes, warning, link, over, hasCode }: LinkPage): string {
  const nonce = randomBytes(18).toString("base64url");
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  const code = link && hasCode ? renderSVG(link.url, { ecc: "M", border: 4 }) : "";
  const buttons = link
    ? [
        button("copy", "Copy Link", true),
        button("open", "Open in Browser"),
        ...(link.isOneTime ? [button("new", "New Link")] : []),
      ]
    : [button("new", "New Link", true)];
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}" />
    <title>${escapeHtml(heading)}</title>
    <style nonce="${nonce}">${styles}</style>
  </head>
  <body>
    <main>
      <h1>${escapeHtml(heading)}</h1>
      ${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("\n      ")}
      ${warning === undefined ? "" : `<p class="warning" role="note">${escapeHtml(warning)}</p>`}
      ${code === "" ? "" : `<div class="code" role="img" aria-label="QR code of the link">${code}</div>`}
      ${link ? `<p class="link"><code>${escapeHtml(link.url)}</code></p>` : `<p role="status">${escapeHtml(over ?? "")}</p>`}
      ${link?.until === undefined ? "" : `<p class="quiet">Works${link.isOneTime ? " once," : ""} until ${escapeHtml(link.until)}.</p>`}
      <p class="buttons">${buttons.join("")}</p>
    </main>
  </body>
</html>`;
}

const button = (action: LinkAction, label: string, isPrimary = false) =>
  `<a class="button${isPrimary ? " primary" : ""}" role="button" href="command:${linkCommand}?${encodeURIComponent(JSON.stringify([action]))}">${label}</a>`;

const styles = `
body { padding: 24px; font-size: 13px; line-height: 1.5; }
main { max-width: 560px; }
h1 { margin: 0 0 12px; font-size: 18px; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 0 0 12px; }
.quiet { color: var(--vscode-descriptionForeground); }
.warning {
  padding: 8px 12px;
  border: 1px solid var(--vscode-inputValidation-warningBorder, var(--vscode-widget-border));
  background: var(--vscode-inputValidation-warningBackground, transparent);
  color: var(--vscode-inputValidation-warningForeground, inherit);
}
.code { width: 240px; height: 240px; margin: 0 0 12px; border-radius: 4px; background: #fff; overflow: hidden; }
.code svg { display: block; width: 100%; height: 100%; }
.link code { font-family: var(--vscode-editor-font-family); overflow-wrap: anywhere; background: none; padding: 0; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
.button {
  padding: 4px 12px;
  border: 1px solid var(--vscode-button-border, transparent);
  border-radius: 2px;
  background: var(--vscode-button-secondaryBackground);
  color: var(--vscode-button-secondaryForeground);
  text-decoration: none;
}
.button:hover { background: var(--vscode-button-secondaryHoverBackground); color: var(--vscode-button-secondaryForeground); }
.button.primary { background: var(--vscode-button-background); color: var(--vscode-button-foreground); }
.button.primary:hover { background: var(--vscode-button-hoverBackground); color: var(--vscode-button-foreground); }
.button:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
`;
