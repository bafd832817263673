import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { BatonError } from "#protocol/errors";

/** One end of a link, as the gate and the pings see it. It is kept small: there may be thousands of idle ones. */
export interface Link {
  readonly ws: LinkSocket;
  /** The socket below, for frames that are prepared once and written to many. */
  readonly socket: Duplex;
  readonly address: string;
  readonly openedAt: number;
  /** Past its first message. */
  isKnown: boolean;
  /** Heard since the last ping. */
  isAlive: boolean;
  /** When in a round it is pinged. */
  pingSlot: number;
  message(data: Buffer, isBinary: boolean): void;
  closed(): void;
}

/** A WebSocket that knows its link, so that all sockets share the same listeners. */
export class LinkSocket extends WebSocket {
  link: Link | undefined;
}

/** WebSocket close codes (RFC 6455, section 7.4.1; 1012 and 1013 from the IANA registry). */
export const closeCodes = { policy: 1008, tooMuch: 1013, restart: 1012 } as const;

export function listenToLink(link: Link): void {
  link.ws.link = link;
  link.ws.on("message", onMessage);
  link.ws.on("pong", onPong);
  link.ws.on("close", onClose);
  link.ws.on("error", onError);
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  const { link } = this as LinkSocket;
  if (!link) return;
  link.isAlive = true;
  link.message(data as Buffer, isBinary);
}

function onPong(this: WebSocket): void {
  const { link } = this as LinkSocket;
  if (link) link.isAlive = true;
}

function onClose(this: WebSocket): void {
  const socket = this as LinkSocket;
  socket.link?.closed();
  socket.link = undefined;
}

/** What breaks the protocol of WebSocket ends the connection; `ws` closes it and `close` follows. */
function onError(): void {}

/** Tells the other side why, and closes. */
export function refuseLink(link: Link, error: unknown): void {
  const known = error instanceof BatonError ? error : new BatonError("internal", { requestId: "a socket" });
  if (link.ws.readyState === WebSocket.OPEN) {
    link.ws.send(JSON.stringify({ type: "error", error: known }));
    link.ws.close(closeCodes.policy, known.code);
  } else link.ws.terminate();
}
