import http from "node:http";
import type { ClientHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { BatonError } from "#protocol/errors";
import { tunnelErrorHeader } from "#protocol/tunnel";
import { idleConnectionMs, maxIdleConnections } from "#relay/caps";

/** The connections that a tunnel makes to the ports of its runner's machine, kept for the next request for a while. */
export function createPortConnections(session: ClientHttp2Session): http.Agent {
  const agent = new http.Agent({ keepAlive: true, timeout: idleConnectionMs, maxFreeSockets: maxIdleConnections });
  return Object.assign(agent, {
    createConnection: ({ port }: { readonly port: number }) => connectThrough(session, port),
  });
}

/**
 * A connection to a port of the runner's machine. What is written to it goes on its way before the runner has said that
 * there is a server, so that a new connection costs no round trip.
 */
function connectThrough(session: ClientHttp2Session, port: number): Duplex {
  const stream = session.request({ ":method": "CONNECT", ":authority": `localhost:${port}` });
  stream.on("response", (headers) => {
    if (headers[":status"] === 200) return;
    const isClosed = headers[tunnelErrorHeader] === "preview_closed";
    stream.destroy(new BatonError(isClosed ? "preview_closed" : "preview_unanswered"));
  });
  // Whoever uses it hears of an error; while nobody does it is gone, and that is all.
  stream.on("error", () => undefined);
  stream.on("end", () => {
    // It also comes where a connection was cut off on its way.
    if (!stream.destroyed && stream.rstCode === 0) ended.add(stream);
    // A server that has ended its half of a connection answers nothing more on it.
    stream.end();
  });
  const itself = () => stream;
  return Object.assign(stream, { setNoDelay: itself, setKeepAlive: itself, ref: itself, unref: itself });
}

const ended = new WeakSet<Duplex>();

/** Whether the server has ended a connection, as opposed to its being cut off somewhere on the way. */
export const hasEnded = (connection: Duplex): boolean => ended.has(connection);
