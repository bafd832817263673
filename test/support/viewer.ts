import { once } from "node:events";
import WebSocket from "ws";
import { errorFromWire } from "#protocol/errors";
import { decodeFrame, encodeInputFrame, type RecordsFrame, type SnapshotFrame } from "#protocol/frame";
import { newId, type RunId } from "#protocol/ids";
import { ownProtocolRange } from "#protocol/version";
import type { ToViewer, ViewerCommand } from "#protocol/viewer-link";

/**
 * The viewer link with nothing around it: no reconnect, no state, no schema. For benches, which measure the product
 * and not their own client, and for tests that misbehave on purpose.
 */
export interface RawViewer {
  readonly socket: WebSocket;
  readonly welcome: Extract<ToViewer, { type: "welcome" }>;
  /** Bytes of every message that came, headers of the WebSocket not counted. */
  readonly receivedBytes: () => number;
  readonly send: (command: ViewerCommand) => void;
  readonly onMessage: (listener: (message: ToViewer) => void) => () => void;
  readonly onRecords: (listener: (frame: RecordsFrame) => void) => () => void;
  readonly onSnapshot: (listener: (frame: SnapshotFrame) => void) => () => void;
  /** The next message of a type that fits. @throws Error after `timeoutMs` */
  readonly next: <T extends ToViewer["type"]>(
    type: T,
    fits?: (message: Extract<ToViewer, { type: T }>) => boolean,
    timeoutMs?: number,
  ) => Promise<Extract<ToViewer, { type: T }>>;
  /** @returns the epoch of the lease */
  readonly takeLease: (runId: RunId) => Promise<number>;
  readonly input: (runId: RunId, leaseEpoch: number, bytes: Uint8Array) => void;
  readonly close: () => void;
}

const patienceMs = 10_000;

/** Connects and says hello. @throws BatonError as the relay refuses it */
export async function connectViewer(options: { baseUrl: string; ticket: string }): Promise<RawViewer> {
  const url = `${options.baseUrl.replace(/^http/, "ws")}/api/viewer-link`;
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const messages = new Set<(message: ToViewer) => void>();
  const records = new Set<(frame: RecordsFrame) => void>();
  const snapshots = new Set<(frame: SnapshotFrame) => void>();
  let receivedBytes = 0;
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    receivedBytes += data.length;
    if (!isBinary) {
      const message = JSON.parse(data.toString("utf8")) as ToViewer;
      for (const listener of [...messages]) listener(message);
      return;
    }
    const frame = decodeFrame(data);
    if (frame.type === "records") for (const listener of records) listener(frame);
    if (frame.type === "snapshot") for (const listener of snapshots) listener(frame);
  });
  const send = (command: ViewerCommand) => socket.send(JSON.stringify(command));

  const next: RawViewer["next"] = (type, fits = () => true, timeoutMs = patienceMs) =>
    new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        messages.delete(look);
        socket.off("close", onClose);
      };
      const fail = (why: string) => {
        finish();
        reject(new Error(`no “${type}”: ${why}`));
      };
      const onClose = () => fail("the socket closed");
      const timer = setTimeout(() => fail(`nothing within ${timeoutMs} ms`), timeoutMs);
      const look = (message: ToViewer) => {
        if (message.type === "error" && type === "welcome") {
          finish();
          reject(errorFromWire(message.error));
        }
        if (message.type !== type || !fits(message as never)) return;
        finish();
        resolve(message as never);
      };
      messages.add(look);
      socket.on("close", onClose);
    });

  await once(socket, "open");
  socket.on("error", () => socket.terminate());
  const welcomed = next("welcome");
  send({ type: "hello", protocol: ownProtocolRange, ticket: options.ticket });
  const welcome = await welcomed;

  return {
    socket,
    welcome,
    receivedBytes: () => receivedBytes,
    send,
    next,
    onMessage: (listener) => listening(messages, listener),
    onRecords: (listener) => listening(records, listener),
    onSnapshot: (listener) => listening(snapshots, listener),
    async takeLease(runId) {
      const granted = next("lease.changed", (message) => message.runId === runId && message.yours);
      send({ type: "lease.take", id: newId("command"), runId });
      return (await granted).leaseEpoch;
    },
    input: (runId, leaseEpoch, bytes) => socket.send(encodeInputFrame(runId, leaseEpoch, bytes)),
    close: () => socket.terminate(),
  };
}

function listening<T>(listeners: Set<(value: T) => void>, listener: (value: T) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
