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

/** Goes in by a ticket, as the page behind it does. */
export async function visitPreview(person: Person, id: string): Promise<PreviewVisit> {
  const { url } = await person.client.call("enterPreview", { params: { id } });
  const { origin, pathname, hash, host } = new URL(url);
  const relay = new URL(person.client.baseUrl);
  const open: PreviewVisit["open"] = (path, options = {}, body) =>
    new Promise((resolve, reject) => {
      const headers = { host, ...(options.headers as Record<string, string>) };
      const request = http.request({ ...options, hostname: relay.hostname, port: relay.port, path, headers });
      request.on("response", resolve);
      request.on("error", reject);
      if (body) body.pipe(request);
      else request.end();
    });
  const ticket = hash.replace("#ticket=", "");
  const entered = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = http.request({
      ...{ method: "POST", hostname: relay.hostname, port: relay.port, path: pathname },
      headers: { host, origin },
    });
    request.on("response", resolve);
    request.on("error", reject);
    request.end(ticket);
  });
  entered.resume();
  const cookie = (entered.headers["set-cookie"]?.[0] ?? "").split(";", 1)[0] ?? "";
  return {
    origin,
    cookie,
    open: (path, options = {}, body) =>
      open(path, { ...options, headers: { cookie, ...(options.headers as Record<string, string>) } }, body),
    async get(path, headers) {
      const response = await open(path, { headers: { cookie, ...headers } });
      let text = "";
      for await (const piece of response.setEncoding("utf8")) text += piece;
      return { status: response.statusCode ?? 0, headers: response.headers, text };
    },
    socket: (path, from = origin) =>
      new WebSocket(`ws://${relay.host}${path}`, { headers: { host, cookie, origin: from } }),
  };
}
