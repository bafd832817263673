import http2 from "node:http2";
import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { heartbeatMs } from "#protocol/caps";
import { BatonError, errorFromWire } from "#protocol/errors";
import { parseMessage } from "#protocol/json";
import {
  maxTunnelConnections,
  maxTunnelHeaders,
  maxTunnelMessageBytes,
  ToTunnel,
  tunnelStreamWindowBytes,
  tunnelWindowBytes,
} from "#protocol/tunnel";
import { tunnelStream } from "#protocol/tunnel-stream";
import { deadPeerMs } from "#runner/core/caps";
import { socketUrl } from "#runner/core/link-connection";
import { socketOpenTimeoutMs } from "#runner/node/caps";
import type { NetworkSettings } from "#runner/node/network";
import { connectPort } from "#runner/node/previews/connect-port";
import { socketOptions } from "#runner/node/socket-options";

export interface TunnelOptions {
  readonly relayUrl: string;
  /** From the runner's link. */
  readonly ticket: string;
  readonly network: NetworkSettings;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Whether a preview of the port is open at this moment. */
  isOpen(port: number): boolean;
}

/**
 * Opens the tunnel through which a relay reaches the previews of this runner, and answers what comes until it closes.
 * @throws BatonError the relay's refusal, `connection_lost`
 */
export async function serveTunnel({ relayUrl, ticket, network, signal, isOpen }: TunnelOptions): Promise<void> {
  const url = socketUrl(relayUrl, "/api/tunnel");
  const ws = new WebSocket(url, {
    ...(await socketOptions(url, network)),
    maxPayload: maxTunnelMessageBytes,
    handshakeTimeout: socketOpenTimeoutMs,
  });
  // At once: behind a network that is gone nobody answers a closing handshake.
  const close = () => ws.terminate();
  signal.addEventListener("abort", close);
  const stopWatching = watchSilence(ws);
  if (signal.aborted) close();
  try {
    const duplex = await greet(ws, ticket);
    const session = serve(duplex);
    session.on("stream", (stream, headers) => connectPort(stream, headers, isOpen));
    session.on("error", close);
    session.on("close", close);
    await new Promise<void>((resolve) => ws.once("close", () => resolve()));
    session.destroy();
    setImmediate(() => duplex.destroy());
  } finally {
    signal.removeEventListener("abort", close);
    stopWatching();
    // A relay that refused it may leave it open.
    ws.terminate();
  }
}

/** Ends a socket on which nothing was heard for too long: not every network says that a connection is gone. */
function watchSilence(ws: WebSocket): () => void {
  let heardMs = performance.now();
  const heard = () => {
    heardMs = performance.now();
  };
  ws.on("message", heard).on("ping", heard).on("pong", heard);
  const timer = setInterval(() => {
    if (performance.now() - heardMs > deadPeerMs) ws.terminate();
    else if (ws.readyState === WebSocket.OPEN) ws.ping();
  }, heartbeatMs);
  return () => clearInterval(timer);
}

/** The relay is HTTP/2's client, this side its server. */
function serve(duplex: Duplex): http2.ServerHttp2Session {
  const session = http2.performServerHandshake(duplex, {
    maxHeaderListPairs: maxTunnelHeaders,
    settings: { initialWindowSize: tunnelStreamWindowBytes, maxConcurrentStreams: maxTunnelConnections },
  });
  session.setLocalWindowSize(tunnelWindowBytes);
  return session;
}

function greet(ws: WebSocket, ticket: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    ws.once("open", () => ws.send(JSON.stringify({ type: "hello", ticket })));
    // Also behind the greeting, what is wrong with the socket ends in its closing.
    ws.on("error", (cause) => reject(new BatonError("connection_lost", {}, { cause })));
    ws.once("close", () => reject(new BatonError("connection_lost")));
    ws.once("message", (data: Buffer) => {
      try {
        const message = parseMessage(ToTunnel, data) as ToTunnel;
        // What comes behind it is in the same turn already.
        if (message.type === "ready") resolve(tunnelStream(ws, { Duplex, concat: Buffer.concat, soon: setImmediate }));
        else reject(errorFromWire(message.error));
      } catch (error) {
        ws.terminate();
        reject(error);
      }
    });
  });
}
