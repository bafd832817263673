import type { ResponseOf } from "#protocol/api";
import { BatonError, errorFromWire } from "#protocol/errors";
import { type FromPanel, maxPanelCalls, PanelCall, ToPanel } from "#protocol/panel-link";
import type { Client, Socket, SocketClass } from "#sdk/client";
import { endpointUrl, type RequestParts } from "#sdk/http";

/** The way to the extension, which holds the token and reaches the network. */
export interface PanelPort {
  send(message: FromPanel): void;
  listen(listener: (message: unknown) => void): void;
}

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}
type SocketEvents = {
  open: () => void;
  error: () => void;
  message: (event: { readonly data: unknown }) => void;
  close: (event: { readonly code: number }) => void;
};

/**
 * The SDK's client for the page of a panel: each call and the viewer link go through the port. What answers there has
 * refreshed, repeated and checked already, so nothing of it is done again here.
 * @param baseUrl the relay's address, for links
 * @param told hears what is for the page itself
 */
export function createPanelClient(
  baseUrl: string,
  port: PanelPort,
  told: (message: Extract<ToPanel, { type: "visible" }>) => void,
): Client {
  const calls = new Map<number, Waiting>();
  const sockets = new Map<number, PanelSocket>();
  let lastId = 0;

  const receive: { [T in ToPanel["type"]]: (message: Extract<ToPanel, { type: T }>) => void } = {
    answer({ id, result }) {
      calls.get(id)?.resolve(result as never);
      calls.delete(id);
    },
    refusal({ id, error }) {
      calls.get(id)?.reject(errorFromWire(error));
      calls.delete(id);
    },
    "socket.opened": ({ socket }) => sockets.get(socket)?.tell("open"),
    "socket.message": ({ socket, data }) =>
      sockets.get(socket)?.tell("message", { data: data instanceof Uint8Array ? arrayBufferOf(data) : data }),
    "socket.closed"({ socket, code }) {
      sockets.get(socket)?.tell("close", { code });
      sockets.delete(socket);
    },
    visible: told,
  };
  port.listen((raw) => {
    const parsed = ToPanel.safeParse(raw);
    if (!parsed.success) return;
    (receive[parsed.data.type] as (message: ToPanel) => void)(parsed.data);
  });

  class PanelSocket implements Socket {
    binaryType = "arraybuffer";
    readonly bufferedAmount = 0;
    private readonly id = ++lastId;
    private readonly listeners: { [E in keyof SocketEvents]: Set<SocketEvents[E]> } = {
      open: new Set(),
      error: new Set(),
      message: new Set(),
      close: new Set(),
    };

    constructor() {
      sockets.set(this.id, this);
      port.send({ type: "socket.open", socket: this.id });
    }
    send(data: string | Uint8Array<ArrayBuffer>): void {
      port.send({ type: "socket.send", socket: this.id, data });
    }
    close(): void {
      if (sockets.delete(this.id)) port.send({ type: "socket.close", socket: this.id });
    }
    addEventListener(type: keyof SocketEvents, listener: never): void {
      (this.listeners[type] as Set<unknown>).add(listener);
    }
    tell<E extends keyof SocketEvents>(type: E, ...event: Parameters<SocketEvents[E]>): void {
      for (const listener of this.listeners[type]) (listener as (...given: typeof event) => void)(...event);
    }
  }

  return {
    baseUrl,
    WebSocket: PanelSocket as unknown as SocketClass,
    call(name, ...[request, options]) {
      const call = PanelCall.safeParse(name);
      if (!call.success) return Promise.reject(new BatonError("not_found", { what: "way to do this in a panel" }));
      if (calls.size >= maxPanelCalls) return Promise.reject(new BatonError("rate_limited", { retryAfterSeconds: 1 }));
      const id = ++lastId;
      return new Promise<ResponseOf<typeof name>>((resolve, reject) => {
        calls.set(id, { resolve, reject });
        const key = options?.idempotencyKey;
        port.send({
          type: "call",
          id,
          name: call.data,
          request: { ...request },
          ...(key !== undefined && { idempotencyKey: key }),
        });
      });
    },
    url: (name, ...[request]) => endpointUrl(baseUrl, name, (request ?? {}) as RequestParts),
  };
}

/** The bytes alone: a view may stand in a larger buffer. */
const arrayBufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
