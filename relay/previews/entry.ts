import type { IncomingMessage, ServerResponse } from "node:http";
import { type SetCookie, stringifySetCookie } from "cookie";
import { BatonError } from "#protocol/errors";
import type { PreviewGrant } from "#relay/domain/preview-grants";
import type { Entry } from "#relay/previews/own-requests";
import { sendPage } from "#relay/previews/pages";

/** Everything below it is the relay's own, on each preview's host. */
export const ownPaths = "/.baton/";
/** Where a browser comes in: the ticket stands behind `#`, and a script brings it to the relay. */
export const enterPath = `${ownPaths}enter`;

const maxSecretLength = 200;

/** The page behind a ticket. It goes on to the preview, and leaves nothing of itself in the history. */
export const sendEntryPage = (response: ServerResponse): void =>
  sendPage(response, 200, { title: "Opening the preview …", text: "This takes a moment.", script });

const script = `
const ticket = new URLSearchParams(decodeURIComponent(location.hash.slice(1))).get("ticket") || "";
history.replaceState(null, "", location.pathname);
fetch("${enterPath}", { method: "POST", body: ticket }).then(async (answer) => {
  if (answer.ok) return location.replace("/");
  document.querySelector("h1").textContent = "You were not let in";
  document.querySelector("p").textContent = await answer.text();
});
`;

/**
 * What the relay's own page at a preview's host brings: a ticket, the secret of a link.
 * @throws BatonError `origin_refused`, and `tooLong`
 */
export async function readFromOwnPage(request: IncomingMessage, origin: string, tooLong: BatonError): Promise<string> {
  const { origin: from } = request.headers;
  if (from !== origin) throw new BatonError("origin_refused", { origin: from ?? "nowhere", expected: origin });
  return new Promise((resolve, reject) => {
    let text = "";
    // What is too much goes on to be read, and is let go: the connection stays good for what comes next.
    request.setEncoding("utf8").on("data", (piece: string) => {
      if (text.length <= maxSecretLength) text += piece;
      if (text.length > maxSecretLength) reject(tooLong);
    });
    request.on("end", () => resolve(text));
    request.on("error", reject);
    request.on("close", () => reject(tooLong));
  });
}

/**
 * Takes a ticket, and lets the browser in with a cookie of this one host. In an editor's panel and on the dashboard the
 * preview stands in a frame, where its cookie is a third party's: such a one is kept by itself for each page around it
 * (`Partitioned`), so that no other page's frame is let in by it.
 * @throws BatonError `ticket_invalid`, `share_over`, `origin_refused`
 */
export async function takeTicket(
  request: IncomingMessage,
  response: ServerResponse,
  { domain, site, preview, admitted }: Entry,
): Promise<void> {
  const ticket = await readFromOwnPage(request, site.originOf(preview.label), new BatonError("ticket_invalid"));
  const grant = await domain.previewGrants.sell(ticket, preview.id);
  const { shareId } = grant.admission;
  if (shareId !== undefined && admitted?.shareId !== shareId) await domain.shares.viewed(shareId);
  letIn(response, grant, domain.context.clock(), {
    name: site.cookie,
    ...(site.isSecure ? { secure: true, sameSite: "none", partitioned: true } : { sameSite: "lax" }),
  });
}

/**
 * Lets a browser in for as long as its grant is good, by a cookie that no script reads.
 * @param now by the relay's clock: the browser's may be wrong
 */
export function letIn(
  response: ServerResponse,
  { token, admission }: PreviewGrant,
  now: number,
  cookie: Pick<SetCookie, "name" | "secure" | "sameSite" | "partitioned">,
): void {
  const maxAge = Math.max(0, Math.floor((admission.endsAt - now) / 1_000));
  const text = stringifySetCookie({ ...cookie, value: token, path: "/", httpOnly: true, maxAge });
  response.writeHead(204, { "Set-Cookie": text, "Cache-Control": "no-store" });
  response.end();
}
