import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { BatonError, errorStatus, errorText, type WireError } from "#protocol/errors";
import { pagePaths } from "#protocol/page-paths";

/**
 * What the relay itself says at a preview's address, in place of the page that was meant.
 * @param entrance where somebody who is signed in comes in
 */
export function sendPreviewError(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  entrance?: string,
): void {
  if (response.headersSent) return void response.destroy();
  const known: WireError =
    error instanceof BatonError ? error.toJSON() : new BatonError("internal", { requestId: "a preview" }).toJSON();
  const status = errorStatus(known.code);
  if (typeof known.params.retryAfterSeconds === "number") {
    response.setHeader("Retry-After", String(known.params.retryAfterSeconds));
  }
  if (!request.headers.accept?.includes("text/html")) {
    send(response, status, "text/plain; charset=utf-8", `${errorText(known)}\n`);
    return;
  }
  sendPage(response, status, {
    title: titles[known.code] ?? "This preview cannot be shown",
    text: errorText(known),
    ...(request.method === "GET" && returning.has(known.code) && comesBack),
    ...(known.code === "preview_needs_entry" && entrance !== undefined && { entrance }),
  });
}

const titles: Readonly<Record<string, string>> = {
  preview_closed: "This preview was closed",
  preview_needs_entry: "You were not let in yet",
  preview_unanswered: "Nothing answers there",
  runner_away: "The runner is away",
  share_over: "This link lets nobody in",
  rate_limited: "Too many at once",
};

/** What is waited for: the runner, or its server. */
const returning = new Set<string>(["runner_away", "preview_unanswered"]);
/**
 * Asks while somebody looks at it, less and less often, and loads the page when there is something else to be seen. A
 * page that is back here at once after that has its next try later, so that nothing goes round in circles.
 */
const comesBack = {
  note: "This page opens by itself as soon as there is an answer.",
  script: `
const again = performance.getEntriesByType("navigation")[0]?.type === "reload";
let waitMs = again ? 8000 : 1000;
const seen = () => new Promise((resolve) => {
  if (!document.hidden) return resolve();
  document.addEventListener("visibilitychange", () => resolve(seen()), { once: true });
});
const ask = async () => {
  await seen();
  const status = await fetch("${pagePaths.state}", { cache: "no-store" }).then((answer) => answer.status, () => 0);
  if (status > 0 && status < 500 && status !== 429) return location.reload();
  waitMs = Math.min(waitMs * 1.5, 15000);
  setTimeout(ask, waitMs);
};
setTimeout(ask, waitMs);
`,
};

interface PreviewPage {
  readonly title: string;
  readonly text: string;
  /** What happens next. */
  readonly note?: string;
  /** The page runs it; it is let in by its hash, and nothing else is. */
  readonly script?: string;
  /** A link for who is signed in at the relay. */
  readonly entrance?: string;
  /** The page's one button; hidden until the script shows it. */
  readonly button?: string;
  /** What is said where no script runs. */
  readonly withoutScript?: string;
  /** Whether it stands in no page around it, so that no other page has its button pressed. */
  readonly isNeverFramed?: boolean;
}

export function sendPage(
  response: ServerResponse,
  status: number,
  { title, text, note, script = "", entrance, button, withoutScript, isNeverFramed = false }: PreviewPage,
): void {
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = [
    "default-src 'none'",
    "style-src 'unsafe-inline'",
    ...(script ? [`script-src 'sha256-${hash}'`, "connect-src 'self'"] : []),
    "base-uri 'none'",
    "form-action 'none'",
    ...(isNeverFramed ? ["frame-ancestors 'none'"] : []),
  ].join("; ");
  response.setHeader("Content-Security-Policy", policy);
  send(
    response,
    status,
    "text/html; charset=utf-8",
    `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${escapeHtml(title)}</title>
    <style>${styles}</style>
  </head>
  <body>
    <main>
      <h1>${escapeHtml(title)}</h1>
      <p>${escapeHtml(text)}</p>
      ${note === undefined ? "" : `<p>${escapeHtml(note)}</p>`}
      ${button === undefined ? "" : `<button type="button" hidden>${escapeHtml(button)}</button>`}
      ${withoutScript === undefined ? "" : `<noscript><p>${escapeHtml(withoutScript)}</p></noscript>`}
      ${entrance === undefined ? "" : `<p><a href="${escapeHtml(entrance)}" target="_blank">Open it on the dashboard</a></p>`}
    </main>
    ${script && `<script>${script}</script>`}
  </body>
</html>
`,
  );
}

/** What a script of the relay's own pages asks for. */
export const sendJson = (response: ServerResponse, value: object): void =>
  send(response, 200, "application/json; charset=utf-8", JSON.stringify(value));

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  });
  response.end(body);
}

const styles = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { max-width: 30rem; padding: 24px; }
h1 { margin: 0 0 8px; font-size: 20px; font-weight: 600; }
p { margin: 0 0 12px; overflow-wrap: anywhere; }
a { color: LinkText; }
button {
  min-height: 40px; margin: 8px 0 0; padding: 0 20px; border: 0; border-radius: 6px; font: inherit; font-weight: 600;
  background: light-dark(#0067c0, #4aa3ff); color: light-dark(#fff, #0b0b0b); cursor: pointer;
}
button:disabled { opacity: 0.6; cursor: default; }
button:focus-visible { outline: 2px solid; outline-offset: 2px; }
[hidden] { display: none; }
`;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? "");
