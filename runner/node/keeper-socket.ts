import { connect, type Socket } from "node:net";
import type * as z from "zod";
import { BatonError, errorFromWire } from "#protocol/errors";
import { type CommandId, newId } from "#protocol/ids";
import { parseMessage, parseValue, toUtf8 } from "#protocol/json";
import { FromKeeper, keeperResults, type ToKeeper } from "#protocol/keeper-link";
import { encodeStreamMessage, StreamDecoder, streamKinds } from "#protocol/stream";
import { ownProtocolRange } from "#protocol/version";
import type { KeeperConnection, KeeperListener, KeeperRequest } from "#runner/core/keeper-connection";
import { keeperReplyTimeoutMs } from "#runner/node/caps";

interface Pending {
  readonly type: KeeperRequest["type"];
  readonly timer: NodeJS.Timeout;
  /** Results that came with `more`. */
  readonly parts: unknown[];
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * Connects to a keeper's socket or pipe and says hello.
 * @throws BatonError `keeper_token_invalid`, `protocol_version_unsupported`, or `keeper_unreachable` where nobody
 * listens
 */
export async function connectKeeperSocket(path: string, token: string, client: string): Promise<KeeperConnection> {
  const socket = await open(path);
  const pending = new Map<CommandId, Pending>();
  const decoder = new StreamDecoder();
  let listener: KeeperListener | undefined;
  let isClosed = false;

  const send = (message: ToKeeper) => {
    if (!isClosed) socket.write(encodeStreamMessage(streamKinds.control, toUtf8(JSON.stringify(message))));
  };

  const take = (re: CommandId): Pending | undefined => {
    const found = pending.get(re);
    pending.delete(re);
    if (found) clearTimeout(found.timer);
    return found;
  };

  const receiveControl = (body: Uint8Array) => {
    const message = parseMessage(FromKeeper, body) as FromKeeper;
    if (message.type !== "reply") return listener?.event(message);
    if (message.more) return void pending.get(message.re)?.parts.push(message.result);
    const waiter = take(message.re);
    if (!waiter) return;
    if (message.error) waiter.reject(errorFromWire(message.error));
    else settle(waiter, joinLists([...waiter.parts, message.result]));
  };

  socket.on("data", (chunk: Buffer) => {
    try {
      for (const { kind, body } of decoder.push(chunk)) {
        if (kind === streamKinds.frame) listener?.frame(body);
        else receiveControl(body);
      }
    } catch (error) {
      // What cannot be read leaves no place to go on from; a fresh connection does.
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on("error", () => socket.destroy());
  socket.on("close", () => {
    isClosed = true;
    for (const waiter of pending.values()) {
      clearTimeout(waiter.timer);
      waiter.reject(new BatonError("connection_lost"));
    }
    pending.clear();
    listener?.closed();
  });

  const ask = (type: KeeperRequest["type"], fields: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(new BatonError("connection_lost"));
      const id = newId("command");
      const timer = setTimeout(() => {
        take(id)?.reject(new BatonError("timeout", { what: type, seconds: keeperReplyTimeoutMs / 1000 }));
      }, keeperReplyTimeoutMs);
      pending.set(id, { type, timer, parts: [], resolve, reject });
      send({ ...fields, type, id } as ToKeeper);
    });

  const hello = (await ask("hello", { protocol: ownProtocolRange, token, client }).catch((error: unknown) => {
    socket.destroy();
    throw error;
  })) as z.infer<typeof keeperResults.hello>;

  return {
    storeId: hello.storeId,
    keeperVersion: hello.keeperVersion,
    pid: hello.pid,
    features: hello.features ?? [],
    request: (type, fields) => ask(type, fields) as never,
    notify: send,
    sendFrame: (bytes) => {
      if (!isClosed) socket.write(encodeStreamMessage(streamKinds.frame, bytes));
    },
    listen(next) {
      listener = next;
      if (isClosed) queueMicrotask(() => next.closed());
    },
    close: () => socket.destroy(),
  };
}

/** One result of those that a long list came in. */
function joinLists(parts: readonly unknown[]): unknown {
  if (parts.length === 1) return parts[0];
  return { runs: parts.flatMap((part) => parseValue(keeperResults.list, part).runs) };
}

const resultSchemas: Readonly<Record<string, z.ZodType | undefined>> = keeperResults;

function settle(waiter: Pending, result: unknown): void {
  const schema = resultSchemas[waiter.type];
  try {
    waiter.resolve(schema && parseValue(schema, result));
  } catch (error) {
    waiter.reject(error instanceof Error ? error : new Error(String(error)));
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const fail = (error: Error) =>
      reject(new BatonError("keeper_unreachable", { reason: error.message }, { cause: error }));
    socket.once("error", fail);
    socket.once("connect", () => {
      socket.off("error", fail);
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}
