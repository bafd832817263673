import http from "node:http";
import type { ClientHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { BatonError } from "#protocol/errors";
import { tunnelErrorHeader } from "#protocol/tunnel";
import { idleConnectionMs, maxIdleConnections } from "#relay/caps";

/** The connections that a tunnel makes to the ports of its runner's machine, kept for the next request for a while. */
export interface PortConnections {
  readonly agent: http.Agent;
  /** Closes those that nobody has used for `idleConnectionMs`. Cheaper than a timer for each that is used at once. */
  closeIdle(): void;
}

export function createPortConnections(session: ClientHttp2Session): PortConnections {
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: maxIdleConnections });
  const idleSince = new WeakMap<Duplex, number>();
  agent.on("free", (connection: Duplex) => idleSince.set(connection, performance.now()));
  return {
    agent: Object.assign(agent, {
      createConnection: ({ port }: { readonly port: number }) => connectThrough(session, port),
    }),
    closeIdle() {
      const before = performance.now() - idleConnectionMs;
      for (const connection of Object.values(agent.freeSockets).flat()) {
        if (connection && (idleSince.get(connection) ?? 0) < before) connection.destroy();
      }
    },
  };
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
  // What the agent asks of a socket, and of a stream makes no sense; it finds no time-out to be changed.
  const asSocket = { setNoDelay: itself, setKeepAlive: itself, ref: itself, unref: itself, timeout: 0 };
  return Object.assign(stream, asSocket);
}

const ended = new WeakSet<Duplex>();

/** Whether the server has ended a connection, as opposed to its being cut off somewhere on the way. */
export const hasEnded = (connection: Duplex): boolean => ended.has(connection);
