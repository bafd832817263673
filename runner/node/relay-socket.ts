import WebSocket from "ws";
import { maxControlBytes, maxFrameBytes } from "#protocol/caps";
import { type NetworkSettings, proxyAgent, trustOptions } from "#runner/node/network";
import { abnormalClosure, type Socket, type SocketClass } from "#sdk/client";

type Listener = readonly [type: "open" | "error" | "message" | "close", listener: (event: never) => void];

/**
 * The class of a client's WebSockets, each with the proxy and the certificates that count when it is opened. Looking
 * for a proxy takes a moment, so the socket below it comes a little later.
 */
export function relaySocket(network: () => NetworkSettings): SocketClass {
  return class RelaySocket implements Socket {
    private socket: WebSocket | undefined;
    private wantedType = "nodebuffer";
    private readonly waiting: Listener[] = [];
    private isClosed = false;

    constructor(url: string) {
      open(url, network()).then(
        (socket) => {
          this.socket = socket;
          this.binaryType = this.wantedType;
          for (const listener of this.waiting) listen(socket, listener);
          if (this.isClosed) socket.close();
        },
        () => {
          // A certificate's file that cannot be read, say: as a connection that could not be made.
          for (const [type, listener] of this.waiting) {
            if (type === "error" || type === "close") listener({ code: abnormalClosure } as never);
          }
        },
      );
    }
    get binaryType(): string {
      return this.wantedType;
    }
    set binaryType(type: string) {
      this.wantedType = type;
      if (this.socket) this.socket.binaryType = type as WebSocket["binaryType"];
    }
    get bufferedAmount(): number {
      return this.socket?.bufferedAmount ?? 0;
    }
    send(data: string | Uint8Array<ArrayBuffer>): void {
      this.socket?.send(data);
    }
    close(code?: number, reason?: string): void {
      this.isClosed = true;
      this.socket?.close(code, reason);
    }
    addEventListener(...listener: Listener): void {
      if (this.socket) listen(this.socket, listener);
      else this.waiting.push(listener);
    }
  };
}

const listen = (socket: WebSocket, [type, listener]: Listener): void =>
  socket.addEventListener(type, listener as (event: unknown) => void);

async function open(url: string, network: NetworkSettings): Promise<WebSocket> {
  const agent = await proxyAgent(network);
  const trust = url.startsWith("wss:") && !agent ? trustOptions(network) : {};
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    maxPayload: Math.max(maxFrameBytes, maxControlBytes),
    followRedirects: false,
    ...(agent && { agent }),
    ...trust,
  });
  // A close comes behind every error, so nobody has to listen for errors.
  socket.on("error", () => undefined);
  return socket;
}
