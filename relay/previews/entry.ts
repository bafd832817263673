import type { IncomingMessage, ServerResponse } from "node:http";
import { stringifySetCookie } from "cookie";
import { BatonError } from "#protocol/errors";
import { previewGrantMs } from "#relay/caps";
import { sendPage } from "#relay/previews/pages";
import type { PreviewSite } from "#relay/previews/preview-site";

/** Where a browser comes in: the ticket stands behind `#`, and a script brings it to the relay. */
export const enterPath = "/.baton/enter";

const maxTicketLength = 200;

/** The page behind a ticket. It goes on to the preview, and leaves nothing of itself in the history. */
export const sendEntryPage = (response: ServerResponse): void =>
  sendPage(response, 200, { title: "Opening the preview …", text: "This takes a moment.", script });

const script = `
const ticket = new URLSearchParams(location.hash.slice(1)).get("ticket") || "";
history.replaceState(null, "", location.pathname);
fetch("${enterPath}", { method: "POST", body: ticket }).then(async (answer) => {
  if (answer.ok) return location.replace("/");
  document.querySelector("h1").textContent = "You were not let in";
  document.querySelector("p").textContent = await answer.text();
});
`;

/**
 * Takes a ticket, and lets the browser in with a cookie of this one host. In an editor's panel and on the dashboard the
 * preview stands in a frame, where its cookie is a third party's: such a one is kept by itself for each page around it
 * (`Partitioned`), so that no other page's frame is let in by it.
 * @param sell the grant for a ticket
 */
export async function takeEntry(
  request: IncomingMessage,
  response: ServerResponse,
  { site, origin }: { readonly site: PreviewSite; readonly origin: string },
  sell: (ticket: string) => Promise<string>,
): Promise<void> {
  const { origin: from } = request.headers;
  if (from !== origin) throw new BatonError("origin_refused", { origin: from ?? "nowhere", expected: origin });
  const grant = await sell(await readTicket(request));
  const cookie = stringifySetCookie({
    name: site.cookie,
    value: grant,
    path: "/",
    httpOnly: true,
    ...(site.isSecure ? { secure: true, sameSite: "none", partitioned: true } : { sameSite: "lax" }),
    maxAge: Math.floor(previewGrantMs / 1000),
  });
  response.writeHead(204, { "Set-Cookie": cookie, "Cache-Control": "no-store" });
  response.end();
}

async function readTicket(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request) {
    text += String(piece);
    if (text.length > maxTicketLength) throw new BatonError("ticket_invalid");
  }
  return text;
}
