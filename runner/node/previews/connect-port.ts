import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import net, { type LookupFunction } from "node:net";
import type { ErrorCode } from "#protocol/errors";
import { tunnelErrorHeader } from "#protocol/tunnel";

/** Dev servers listen on one of the two, and which one differs. No name is looked up, so none can be pointed elsewhere. */
const loopback: LookupFunction = (_hostname, options, callback) => {
  const addresses = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ];
  if (options.all) callback(null, addresses);
  else callback(null, "127.0.0.1", 4);
};

/**
 * Joins a stream of the tunnel with a port of this machine, byte by byte. Whatever comes through it, nothing is thrown.
 * @param isOpen whether a preview of the port is open here; nothing else of this machine is reached, and what was
 *   reached before is no longer when it was closed
 */
export function connectPort(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  isOpen: (port: number) => boolean,
): void {
  // The other side may reset it at any time; that ends the connection below it and is no error of anybody.
  stream.on("error", () => undefined);
  const port = portOf(headers);
  if (port === undefined) refuse(stream, 501, "message_malformed");
  else if (isOpen(port)) join(stream, port, () => isOpen(port));
  else refuse(stream, 403, "preview_closed");
}

const portOf = (headers: IncomingHttpHeaders): number | undefined => {
  const isPlain = headers[":method"] === "CONNECT" && headers[":protocol"] === undefined;
  const [, digits] = /^localhost:([1-9]\d{0,4})$/.exec(headers[":authority"] ?? "") ?? [];
  return isPlain && digits !== undefined ? Number(digits) : undefined;
};

function join(stream: ServerHttp2Stream, port: number, mayGoOn: () => boolean): void {
  const socket = net.connect({ host: "localhost", port, lookup: loopback, autoSelectFamily: true, noDelay: true });
  socket.on("connect", () => {
    if (stream.closed || stream.destroyed) {
      socket.destroy();
      return;
    }
    stream.respond({ ":status": 200 });
    pass(socket, stream, mayGoOn);
    pass(stream, socket, mayGoOn);
  });
  const breakOff = () => {
    if (!stream.headersSent) refuse(stream, 502, "preview_unanswered");
    // `close` would end it first, and what was cut off would look whole.
    else if (!stream.closed) stream.destroy(new Error("the connection was cut off"));
  };
  socket.on("error", breakOff);
  // The server's end was passed on by then, or there is none.
  socket.on("close", () => stream.writableEnded || breakOff());
  stream.on("close", () => socket.destroy());
}

type End = net.Socket | ServerHttp2Stream;

/** By hand in place of `pipe`: at every piece it is asked whether there may be more. */
function pass(from: End, to: End, mayGoOn: () => boolean): void {
  from.on("data", (bytes: Buffer) => {
    if (!mayGoOn()) from.destroy();
    else if (!to.write(bytes)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.on("end", () => to.end());
}

function refuse(stream: ServerHttp2Stream, status: number, code: ErrorCode): void {
  if (stream.closed || stream.destroyed || stream.headersSent) return;
  stream.respond({ ":status": status, [tunnelErrorHeader]: code }, { endStream: true });
}
