import http, { type IncomingMessage } from "node:http";
import WebSocket from "ws";
import type { Person } from "#test/support/people";

/** A browser that was let into one preview, as plain HTTP. */
export interface PreviewVisit {
  readonly origin: string;
  readonly cookie: string;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Answer>;
  /** The answer as it comes. */
  readonly open: (
    path: string,
    options?: http.RequestOptions,
    body?: NodeJS.ReadableStream,
  ) => Promise<IncomingMessage>;
  readonly socket: (path: string, origin?: string) => WebSocket;
}
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/**
 * Goes in by a ticket, as the page behind it does.
 * @param framedBy the pages around its frame
 */
export async function visitPreview(person: Person, id: string, framedBy: string[] = []): Promise<PreviewVisit> {
  const { url } = await person.client.call("enterPreview", { params: { id }, body: { framedBy } });
  return enterBy(person.client.baseUrl, url);
}

/** Goes in by what the page behind a link sends: a ticket, or the secret of a link for guests. */
export async function enterBy(relayUrl: string, url: string): Promise<PreviewVisit> {
  const { origin, pathname, hash } = new URL(url);
  const entered = await sendFromPage(relayUrl, origin, pathname, hash.replace(/^#(ticket=)?/, ""));
  return previewVisit(relayUrl, origin, (entered.headers["set-cookie"]?.[0] ?? "").split(";", 1)[0] ?? "");
}

/** What one of the relay's own pages at a preview's host sends. */
export async function sendFromPage(
  relayUrl: string,
  origin: string,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const from = { host: new URL(origin).host, origin, ...headers };
  return answerOf(await send(relayUrl, { method: "POST", path, headers: from }, body));
}

/** A browser with cookies that it was given before. */
export function previewVisit(relayUrl: string, origin: string, cookie: string): PreviewVisit {
  const { host } = new URL(origin);
  const open: PreviewVisit["open"] = (path, options = {}, body) => {
    const headers = { host, cookie, ...(options.headers as Record<string, string>) };
    return send(relayUrl, { ...options, path, headers }, body);
  };
  return {
    origin,
    cookie,
    open,
    get: async (path, headers) => answerOf(await open(path, { ...(headers && { headers }) })),
    socket: (path, from = origin) =>
      new WebSocket(`ws://${new URL(relayUrl).host}${path}`, { headers: { host, cookie, origin: from } }),
  };
}

function send(
  relayUrl: string,
  options: http.RequestOptions,
  body?: NodeJS.ReadableStream | string,
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(relayUrl);
  return new Promise((resolve, reject) => {
    const request = http.request({ ...options, hostname, port });
    request.on("response", resolve);
    request.on("error", reject);
    if (typeof body === "object") body.pipe(request);
    else request.end(body);
  });
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += piece;
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}
