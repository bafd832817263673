import { timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { BatonError, type WireError } from "#protocol/errors";
import { decodeFrame } from "#protocol/frame";
import type { CommandId, RunId } from "#protocol/ids";
import { parseMessage } from "#protocol/json";
import { ToKeeper } from "#protocol/keeper-link";
import { StreamDecoder, type StreamMessage, streamKinds } from "#protocol/stream";
import { type Attachment, attach } from "#runner/keeper/attachment";
import { clientCloseMs, helloTimeoutMs, maxClientBacklogBytes } from "#runner/keeper/caps";
import { handle, welcome } from "#runner/keeper/commands";
import type { Client } from "#runner/keeper/connected-client";
import type { Keeper } from "#runner/keeper/keeper";
import type { OwnLog } from "#runner/keeper/own-log";
import { controlMessage } from "#runner/keeper/wire";

interface ClientDeps {
  readonly keeper: Keeper;
  readonly token: string;
  readonly log: OwnLog;
  readonly gone: (client: Client) => void;
}

export function createClient(socket: Socket, deps: ClientDeps): Client {
  const decoder = new StreamDecoder();
  const attachments = new Map<RunId, Attachment>();
  let known = false;

  const write = (message: Uint8Array, written?: () => void) => {
    if (!socket.writable) return;
    socket.write(message, written);
    if (socket.writableLength <= maxClientBacklogBytes) return;
    deps.log.warn("a client was closed: it does not read");
    socket.destroy();
  };
  const reply = (re: CommandId, answer: { result?: unknown } | { error: WireError }) =>
    client.send({ type: "reply", re, ...answer });

  const hello = (message: ToKeeper) => {
    if (message.type !== "hello") throw new BatonError("keeper_token_invalid");
    try {
      if (!sameToken(message.token, deps.token)) throw new BatonError("keeper_token_invalid");
      const result = welcome(message, deps.keeper);
      known = true;
      clearTimeout(helloTimer);
      reply(message.id, { result });
    } catch (error) {
      reply(message.id, { error: wireError(error) });
      socket.end();
    }
  };

  const control = (body: Uint8Array) => {
    const message = parseMessage(ToKeeper, body);
    if (!known) {
      hello(message);
      return;
    }
    const done = (result: unknown) => {
      if ("id" in message) reply(message.id, result === undefined ? {} : { result });
    };
    const refused = (error: unknown) => {
      if (!(error instanceof BatonError))
        deps.log.error("a command failed", { type: message.type, error: String(error) });
      if ("id" in message) reply(message.id, { error: wireError(error) });
      else if ("runId" in message) client.send({ type: "error", runId: message.runId, error: wireError(error) });
    };
    try {
      const result = handle(message, deps.keeper, client);
      if (result instanceof Promise) result.then(done, refused);
      else done(result);
    } catch (error) {
      refused(error);
    }
  };

  const input = (body: Uint8Array) => {
    if (!known) throw new BatonError("keeper_token_invalid");
    const frame = decodeFrame(body);
    if (frame.type !== "input") throw new BatonError("frame_malformed", { reason: "only input comes this way" });
    try {
      deps.keeper.requireLiveRun(frame.runId).input(frame.leaseEpoch, frame.bytes);
    } catch (error) {
      if (!(error instanceof BatonError)) throw error;
      client.send({ type: "error", runId: frame.runId, error: error.toJSON() });
    }
  };

  const broken = (error: unknown) => {
    deps.log.warn("a client was closed", { reason: error instanceof Error ? error.message : String(error) });
    socket.destroy();
  };

  const take = (message: StreamMessage) => {
    if (message.kind === streamKinds.frame) input(message.body);
    else control(message.body);
  };

  const client: Client = {
    get known() {
      return known;
    },
    send: (message) => write(controlMessage(message)),
    sendPicture: (snapshot) => write(snapshot.message),
    attach(run, fromSeq, creditBytes) {
      attachments.get(run.id)?.close();
      if (!socket.destroyed) attachments.set(run.id, attach(run, fromSeq, creditBytes, write));
    },
    detach(runId) {
      attachments.get(runId)?.close();
      attachments.delete(runId);
    },
    credit: (runId, bytes) => attachments.get(runId)?.credit(bytes),
    close() {
      // Whoever writes at this moment still reads what was said: on a socket that is gone a write fails before that.
      socket.end();
      setTimeout(() => socket.destroy(), clientCloseMs).unref();
    },
  };

  const helloTimer = setTimeout(() => socket.destroy(), helloTimeoutMs).unref();
  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    try {
      for (const message of decoder.push(chunk)) take(message);
    } catch (error) {
      broken(error);
    }
  });
  socket.on("error", (error) => deps.log.info("a client's socket failed", { reason: error.message }));
  socket.on("close", () => {
    clearTimeout(helloTimer);
    for (const attachment of attachments.values()) attachment.close();
    deps.keeper.clientGone(client);
    deps.gone(client);
  });
  return client;
}

function sameToken(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What a client is told. A mistake of ours is only named; the log has the rest. */
function wireError(error: unknown): WireError {
  if (error instanceof BatonError) return error.toJSON();
  return new BatonError("keeper_failed", {
    reason: error instanceof Error ? error.message : "it failed",
  }).toJSON();
}
