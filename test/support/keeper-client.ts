import { once } from "node:events";
import { connect } from "node:net";
import { BatonError, errorFromWire } from "#protocol/errors";
import { decodeFrame, encodeInputFrame, type SnapshotFrame } from "#protocol/frame";
import { newId, type RunId } from "#protocol/ids";
import { parseMessage, toUtf8 } from "#protocol/json";
import { FromKeeper, type ToKeeper } from "#protocol/keeper-link";
import type { LogRecord } from "#protocol/record";
import { encodeStreamMessage, StreamDecoder, streamKinds } from "#protocol/stream";
import { ownProtocolRange } from "#protocol/version";

type Request = Extract<ToKeeper, { id: unknown }>;
type Notice = Exclude<ToKeeper, { id: unknown }>;
type Event = Exclude<FromKeeper, { type: "reply" }>;

/** One connection to a keeper, spoken to in the protocol's own words. */
export interface KeeperTestClient {
  // biome-ignore lint/suspicious/noExplicitAny: each request has a result of its own, which the test knows.
  request(message: DistributiveOmit<Request, "id">): Promise<any>;
  notify(message: Notice): void;
  type(runId: RunId, leaseEpoch: number, text: string | Uint8Array): void;
  /** Everything that came, in order. */
  readonly records: Map<RunId, LogRecord[]>;
  readonly snapshots: SnapshotFrame[];
  readonly events: Event[];
  /** Payload bytes that came for a run. */
  received(runId: RunId): number;
  /** The output of a run as far as it came. */
  output(runId: RunId): Buffer;
  /** Grants as much credit as is consumed; without it a test grants by hand. */
  grantAll: boolean;
  /** Settles with the first truthy value of `look`, which is asked after everything that comes. */
  until<T>(look: () => T | undefined | false, timeoutMs?: number): Promise<T>;
  close(): void;
  readonly closed: Promise<void>;
}
interface Waiting {
  readonly parts: { runs: unknown[] }[];
  resolve(result: unknown): void;
  reject(error: Error): void;
}
type DistributiveOmit<T, K extends string> = T extends unknown ? Omit<T, K> : never;

export async function connectToKeeper(address: string, token: string, name: string): Promise<KeeperTestClient> {
  const socket = connect(address);
  await once(socket, "connect");
  const decoder = new StreamDecoder();
  const waiting = new Map<string, Waiting>();
  const looking = new Set<() => void>();
  const records = new Map<RunId, LogRecord[]>();
  const snapshots: SnapshotFrame[] = [];
  const events: Event[] = [];
  const bytes = new Map<RunId, number>();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));

  const send = (message: ToKeeper) =>
    void socket.write(encodeStreamMessage(streamKinds.control, toUtf8(JSON.stringify(message))));

  const control = (body: Uint8Array) => {
    const message = parseMessage(FromKeeper, body);
    if (message.type !== "reply") {
      events.push(message);
      return;
    }
    const request = waiting.get(message.re);
    if (message.more) return void request?.parts.push(message.result as { runs: unknown[] });
    waiting.delete(message.re);
    if (message.error) request?.reject(errorFromWire(message.error));
    else if (request?.parts.length) {
      request.resolve({ runs: [...request.parts, message.result as { runs: unknown[] }].flatMap(({ runs }) => runs) });
    } else request?.resolve(message.result);
  };
  const frame = (body: Uint8Array) => {
    const decoded = decodeFrame(Uint8Array.from(body));
    if (decoded.type === "snapshot") snapshots.push(decoded);
    if (decoded.type !== "records") return;
    const { runId } = decoded;
    records.set(runId, [...(records.get(runId) ?? []), ...decoded.records]);
    const consumed = decoded.records.reduce((sum, record) => sum + record.payload.length, 0);
    bytes.set(runId, (bytes.get(runId) ?? 0) + consumed);
    if (client.grantAll && consumed > 0) send({ type: "credit", runId, bytes: consumed });
  };
  socket.on("data", (chunk) => {
    for (const message of decoder.push(chunk)) {
      if (message.kind === streamKinds.control) control(message.body);
      else frame(message.body);
    }
    for (const look of looking) look();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    for (const request of waiting.values()) request.reject(new BatonError("connection_lost"));
    for (const look of looking) look();
  });

  const client: KeeperTestClient = {
    records,
    snapshots,
    events,
    grantAll: true,
    closed,
    request: (message) =>
      new Promise((resolve, reject) => {
        const id = newId("command");
        waiting.set(id, { parts: [], resolve, reject });
        send({ ...message, id } as Request);
      }),
    notify: send,
    type: (runId, leaseEpoch, text) => {
      const input = encodeInputFrame(runId, leaseEpoch, typeof text === "string" ? toUtf8(text) : text);
      socket.write(encodeStreamMessage(streamKinds.frame, input));
    },
    received: (runId) => bytes.get(runId) ?? 0,
    output: (runId) =>
      Buffer.concat((records.get(runId) ?? []).filter((record) => record.kind === 1).map((record) => record.payload)),
    until: (look, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const finish = () => {
          clearTimeout(timer);
          looking.delete(check);
        };
        const timer = setTimeout(() => {
          finish();
          reject(new Error(`it did not come within ${timeoutMs} ms`));
        }, timeoutMs);
        const check = () => {
          const found = look();
          if (!found) return;
          finish();
          resolve(found);
        };
        looking.add(check);
        check();
      }),
    close: () => socket.destroy(),
  };
  await client.request({ type: "hello", protocol: ownProtocolRange, token, client: name });
  return client;
}
