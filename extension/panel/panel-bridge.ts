import type { Disposable } from "#extension/disposables";
import type { UsedClient } from "#extension/panel/panel-client";
import { BatonError, type WireError } from "#protocol/errors";
import { type FromPanel, maxPanelCalls, type PanelCall, type ToPanel } from "#protocol/panel-link";
import { abnormalClosure, isSignedOut, type Socket } from "#sdk/client";
import { asPeerError } from "#sdk/connection";

export interface PanelBridge extends Disposable {
  /** Takes what a page says; what is for the editor itself is left to the caller. */
  receive(message: FromPanel): void;
}

interface BridgeDeps {
  /** The relay's client, with the member's token, or what stands for it. @throws BatonError `not_signed_in` */
  readonly client: () => Promise<UsedClient>;
  readonly post: (message: ToPanel) => void;
}

/** Calls the relay for the page of a panel, and holds its one viewer link. The page never sees the token. */
export function createPanelBridge({ client, post }: BridgeDeps): PanelBridge {
  let calls = 0;
  let link: { readonly id: number; socket?: Socket } | undefined;

  const call = async (message: Extract<FromPanel, { type: "call" }>) => {
    calls++;
    let used: UsedClient | undefined;
    try {
      if (calls > maxPanelCalls) throw new BatonError("rate_limited", { retryAfterSeconds: 1 });
      used = await client();
      const { call: callRelay } = used.client;
      const result = await callRelay<PanelCall>(
        message.name,
        // The relay checks a request against its schema, as it does every member's.
        message.request as never,
        message.idempotencyKey === undefined ? {} : { idempotencyKey: message.idempotencyKey },
      );
      post({ type: "answer", id: message.id, result });
    } catch (thrown) {
      const error = asPeerError(thrown);
      if (isSignedOut(error)) used?.refused();
      post({ type: "refusal", id: message.id, error: { code: error.code, params: error.params } as WireError });
    } finally {
      calls--;
    }
  };

  const closeLink = () => {
    const { socket } = link ?? {};
    link = undefined;
    socket?.close();
  };

  const openLink = async (id: number) => {
    closeLink();
    const mine: NonNullable<typeof link> = { id };
    link = mine;
    const isMine = () => link === mine;
    const closed = (code: number) => {
      if (!isMine()) return;
      link = undefined;
      post({ type: "socket.closed", socket: id, code });
    };
    try {
      const { baseUrl, WebSocket } = (await client()).client;
      if (!isMine()) return;
      const socket = new WebSocket(`${baseUrl.replace(/^http/, "ws")}/api/viewer-link`);
      mine.socket = socket;
      socket.binaryType = "arraybuffer";
      socket.addEventListener("open", () => isMine() && post({ type: "socket.opened", socket: id }));
      socket.addEventListener("message", ({ data }) => {
        if (isMine()) post({ type: "socket.message", socket: id, data: data as string | ArrayBuffer });
      });
      socket.addEventListener("error", () => closed(abnormalClosure));
      socket.addEventListener("close", ({ code }) => closed(code));
    } catch {
      // Why there is no client is told to the call that asks for a ticket.
      closed(abnormalClosure);
    }
  };

  return {
    receive(message) {
      if (message.type === "call") void call(message);
      if (message.type === "socket.open") void openLink(message.socket);
      if (message.type === "socket.close" && link?.id === message.socket) closeLink();
      if (message.type === "socket.send" && link?.id === message.socket) {
        const { data } = message;
        link.socket?.send(typeof data === "string" ? data : new Uint8Array(data));
      }
    },
    dispose: closeLink,
  };
}
