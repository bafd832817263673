import type { ClientRequestArgs } from "node:http";
import WebSocket, { type ClientOptions } from "ws";
import { maxControlBytes, maxFrameBytes } from "#protocol/caps";
import type { LinkEvents, LinkTransport } from "#runner/core/host";
import { socketOpenTimeoutMs } from "#runner/node/caps";
import { type NetworkSettings, proxyAgent, trustOptions } from "#runner/node/network";

/**
 * Opens the runner's WebSocket with `ws`. See `RunnerHost.openLink`.
 * @param network what the host knows beside the environment
 */
export function openLink(url: string, events: LinkEvents, network: NetworkSettings = {}): LinkTransport {
  let socket: WebSocket | undefined;
  let isOver = false;

  const over = (reason: string) => {
    if (isOver) return;
    isOver = true;
    events.closed(reason);
  };

  const open = async () => {
    const agent = await proxyAgent(network);
    if (isOver) return;
    const trust = url.startsWith("wss:") && !agent ? trustOptions(network) : {};
    socket = new WebSocket(url, { ...optionsFor(url), ...(agent && { agent }), ...trust });
    socket.binaryType = "nodebuffer";
    let failure: string | undefined;
    socket.on("open", () => events.opened());
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) events.bytes(data);
      else events.text(data.toString("utf8"));
    });
    socket.on("pong", () => events.alive());
    socket.on("ping", () => events.alive());
    socket.on("error", (error) => {
      failure = error.message;
    });
    socket.on("close", (code, reason) => over(failure ?? (reason.toString("utf8") || `code ${code}`)));
  };

  open().catch((error: unknown) => over(error instanceof Error ? error.message : String(error)));

  const isOpen = () => socket?.readyState === WebSocket.OPEN;
  const written = () => events.drained();
  return {
    sendText: (text) => {
      if (isOpen()) socket?.send(text);
    },
    sendBytes: (bytes) => {
      if (isOpen()) socket?.send(bytes, binary, written);
    },
    ping: () => {
      if (isOpen()) socket?.ping();
    },
    get bufferedBytes() {
      return socket?.bufferedAmount ?? 0;
    },
    close: () => {
      if (socket) socket.close();
      else over("it was closed before it was open");
    },
    drop: () => {
      if (socket) socket.terminate();
      else over("it was dropped before it was open");
    },
  };
}

const binary = { binary: true } as const;

function optionsFor(url: string): ClientOptions & ClientRequestArgs {
  return {
    perMessageDeflate: false,
    maxPayload: Math.max(maxFrameBytes, maxControlBytes),
    handshakeTimeout: socketOpenTimeoutMs,
    skipUTF8Validation: false,
    followRedirects: false,
    ...(isPrivate(url) && { generateMask: zeroMask }),
  };
}

/**
 * Masking (RFC 6455, section 10.3) keeps content from being taken for HTTP by a proxy that looks into the stream. Where
 * no proxy can look, a zero mask says the same and costs no pass over the bytes.
 */
function isPrivate(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "wss:" || hostname === "127.0.0.1" || hostname === "[::1]" || hostname === "localhost";
}

const zeroMask = (mask: Buffer): void => {
  mask.fill(0);
};
