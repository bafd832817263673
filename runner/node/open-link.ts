import WebSocket from "ws";
import { maxControlBytes, maxFrameBytes } from "#protocol/caps";
import type { LinkEvents, LinkTransport } from "#runner/core/host";
import { socketOpenTimeoutMs } from "#runner/node/caps";
import type { NetworkSettings } from "#runner/node/network";
import { socketOptions } from "#runner/node/socket-options";

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
    const options = await socketOptions(url, network);
    if (isOver) return;
    socket = new WebSocket(url, { ...options, maxPayload: maxMessageBytes, handshakeTimeout: socketOpenTimeoutMs });
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

const maxMessageBytes = Math.max(maxFrameBytes, maxControlBytes);
const binary = { binary: true } as const;
