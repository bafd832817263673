import http, { type IncomingHttpHeaders as Http1Headers, type IncomingMessage } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { LookupFunction } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream";
import { maxTunnelStreams, resetCodes, tunnelErrorHeader, tunnelPortHeader } from "#protocol/tunnel";
import { localRequestMs } from "#runner/node/caps";

/** Dev servers listen on one of the two, and which one differs. No name is looked up, so none can be pointed elsewhere. */
const loopback: LookupFunction = (_hostname, options, callback) => {
  const addresses = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ];
  if (options.all) callback(null, addresses);
  else callback(null, "127.0.0.1", 4);
};

/** Keeps connections to the dev servers of this machine open. Who holds some of a port keeps nobody else from it. */
export const createLocalAgent = (): http.Agent =>
  new http.Agent({
    keepAlive: true,
    maxSockets: maxTunnelStreams,
    lookup: loopback,
    autoSelectFamily: true,
  } as http.AgentOptions);

/**
 * Answers a request of the tunnel from a port of this machine. Whatever comes through it, nothing is thrown.
 * @param isOpen whether a preview of the port is open here; nothing else of this machine is reached
 */
export function forward(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  agent: http.Agent,
  isOpen: (port: number) => boolean,
): void {
  // The other side may reset it at any time; that ends the request below it and is no error of anybody.
  stream.on("error", () => undefined);
  const port = Number(headers[tunnelPortHeader]);
  const isSocket = headers[":method"] === "CONNECT";
  if (!isOpen(port)) refuse(stream, 403, "preview_closed");
  else if (isSocket && headers[":protocol"] !== "websocket") refuse(stream, 501, "message_malformed");
  else {
    // A path or a header may be one that HTTP/1.1 does not know how to say.
    orRefuse(stream, () => ask(stream, headers, { agent, port, isSocket }));
  }
}

/** May be asked twice (RFC 9110, section 9.2.1). */
const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

interface LocalRequest {
  readonly agent: http.Agent;
  readonly port: number;
  readonly isSocket: boolean;
}

function ask(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, { agent, port, isSocket }: LocalRequest): void {
  const hasBody = !isSocket && !stream.endAfterHeaders;
  const request = http.request({
    agent: isSocket ? false : agent,
    lookup: loopback,
    host: "localhost",
    port,
    method: isSocket ? "GET" : headers[":method"],
    path: headers[":path"],
    headers: localHeaders(headers, { port, isSocket, hasBody }),
    setHost: false,
    autoSelectFamily: true,
  } as http.RequestOptions);
  request.setTimeout(localRequestMs, () => request.destroy(new Error("the dev server says nothing")));
  stream.on("close", () => request.destroy());
  let isAnswered = false;
  request.on("error", (error: NodeJS.ErrnoException) => {
    const isStale = request.reusedSocket && error.code === "ECONNRESET" && !isAnswered;
    // A server may give up an idle connection at the very moment at which it is used again; browsers ask anew, too.
    if (isStale && !hasBody && safeMethods.has(request.method) && !stream.closed) {
      return orRefuse(stream, () => ask(stream, headers, { agent, port, isSocket }));
    }
    // An answer that has begun ends, or breaks off, by itself: it may have come before everything was sent.
    if (!stream.headersSent) refuse(stream, 502, "preview_unanswered");
  });
  request.on("response", (response) => {
    isAnswered = true;
    // Once it answers, it may be silent for as long as it likes.
    request.setTimeout(0);
    orRefuse(stream, () => (isSocket ? refuseSocket(stream, response) : answer(stream, response)));
  });
  request.on("upgrade", (response, socket, head) => {
    socket.on("error", () => socket.destroy());
    stream.on("close", () => socket.destroy());
    orRefuse(stream, () => {
      if (!isSocket) throw new Error("nobody has asked for another protocol");
      join(stream, response, socket, head);
    });
  });
  if (hasBody) stream.pipe(request);
  else request.end();
}

/** The server has answered, but opens no socket; to the tunnel a 200 would mean that it does. */
function refuseSocket(stream: ServerHttp2Stream, response: IncomingMessage): void {
  const { statusCode = 502 } = response;
  response.destroy();
  if (stream.closed || stream.destroyed) return;
  stream.respond({ ":status": statusCode < 300 ? 502 : statusCode }, { endStream: true });
}

function orRefuse(stream: ServerHttp2Stream, work: () => void): void {
  try {
    work();
  } catch {
    refuse(stream, 502, "preview_unanswered");
  }
}

function answer(stream: ServerHttp2Stream, response: IncomingMessage): void {
  if (stream.closed || stream.destroyed) {
    response.destroy();
    return;
  }
  stream.respond({ ":status": response.statusCode ?? 502, ...withoutHops(response.headers) });
  const breakOff = () => {
    if (!stream.closed) stream.close(resetCodes.internalError);
  };
  // By hand: `pipeline` makes a signal for each answer and aborts it, which is seen in a profile of small answers.
  response.on("error", breakOff);
  response.on("close", () => response.readableEnded || breakOff());
  response.pipe(stream);
}

function join(stream: ServerHttp2Stream, response: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (stream.closed || stream.destroyed) {
    socket.destroy();
    return;
  }
  stream.respond({ ":status": 200, ...withoutHops(response.headers) });
  if (head.length > 0) socket.unshift(head);
  pipeline(stream, socket, stream, () => undefined);
}

function refuse(stream: ServerHttp2Stream, status: number, code: string): void {
  if (stream.closed || stream.destroyed) return;
  if (stream.headersSent) stream.close(resetCodes.internalError);
  else stream.respond({ ":status": status, [tunnelErrorHeader]: code }, { endStream: true });
}

/** Connection-specific headers (RFC 9110, section 7.6.1; RFC 9113, section 8.2.2), which HTTP/2 has no place for. */
const hops = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

function withoutHops(headers: Http1Headers): OutgoingHttpHeaders {
  const named = new Set((headers.connection ?? "").split(",").map((name) => name.trim().toLowerCase()));
  const shown: OutgoingHttpHeaders = {};
  for (const name in headers) if (!hops.has(name) && !named.has(name)) shown[name] = headers[name];
  return shown;
}

/** As a browser of this machine would say it, so that a dev server needs no configuration. */
function localHeaders(
  headers: IncomingHttpHeaders,
  { port, isSocket, hasBody }: { readonly port: number; readonly isSocket: boolean; readonly hasBody: boolean },
): Record<string, string | string[]> {
  const local: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(":") || name === tunnelPortHeader || hops.has(name)) continue;
    local[name] = value;
  }
  local.host = `localhost:${port}`;
  // Node does not say by itself where the body of a GET or a DELETE ends, and what follows its headers would be taken
  // for the next request of the connection, which is somebody else's.
  if (hasBody && local["content-length"] === undefined) local["transfer-encoding"] = "chunked";
  if (isSocket) {
    delete local["content-length"];
    Object.assign(local, { connection: "Upgrade", upgrade: "websocket" });
  }
  return local;
}
