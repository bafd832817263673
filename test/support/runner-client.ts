import { once } from "node:events";
import { CompactSign, exportJWK, generateKeyPair } from "jose";
import WebSocket from "ws";
import type { PublicKey, RunHeader, RunnerBody, RunnerReport } from "#protocol/documents";
import { encodeRecordsFrame, encodeSnapshotFrame } from "#protocol/frame";
import { newId, type RunId, type RunnerId } from "#protocol/ids";
import { encodePayload, type Payload, type PayloadKind } from "#protocol/payloads";
import { encodeRecord, recordKinds } from "#protocol/record";
import { type ToRelay, ToRunner, type ToRunner as ToRunnerMessage } from "#protocol/runner-link";
import { ownProtocolRange } from "#protocol/version";

/** Who a scripted runner is: a folder and a key, as a real one keeps them. */
export interface RunnerIdentity {
  readonly runnerId: RunnerId;
  readonly publicKey: PublicKey;
  readonly body: RunnerBody;
  readonly sign: (text: string) => Promise<string>;
}

export async function newRunnerIdentity(name = "api-server"): Promise<RunnerIdentity> {
  const { publicKey, privateKey } = await generateKeyPair("Ed25519", { extractable: true });
  const { x = "" } = await exportJWK(publicKey);
  return {
    runnerId: newId("runner"),
    publicKey: { kty: "OKP", crv: "Ed25519", x },
    body: { name, host: "desk", folder: `/home/ana/${name}`, platform: "linux" },
    sign: (text) =>
      new CompactSign(new TextEncoder().encode(text)).setProtectedHeader({ alg: "EdDSA" }).sign(privateKey),
  };
}

/** Pairs by a join token, as a machine without a person does. */
export async function joinRelay(url: string, token: string, identity: RunnerIdentity): Promise<string> {
  const { runnerId, publicKey, body } = identity;
  const response = await fetch(`${url}/api/join`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, runnerId, publicKey, body }),
  });
  if (!response.ok) throw new Error(`join: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { deviceId: string }).deviceId;
}

export const testReport = (change: Partial<RunnerReport> = {}): RunnerReport => ({
  policy: "auto",
  version: "0.0.0",
  agents: [{ id: "echo", name: "Echo", available: true, modes: { once: ["edit"], interactive: ["edit"] } }],
  runningRuns: 0,
  checkedAt: Date.now(),
  ...change,
});

export interface RunnerClientOptions {
  readonly url: string;
  readonly identity: RunnerIdentity;
  readonly deviceId: string;
  readonly report?: RunnerReport;
  readonly runs?: Extract<ToRelay, { type: "hello" }>["runs"];
}

type Of<T extends ToRunnerMessage["type"]> = Extract<ToRunnerMessage, { type: T }>;

/** A runner that does what its script says: the real protocol on a real socket, and nothing by itself. */
export interface RunnerClient extends Disposable {
  readonly socket: WebSocket;
  readonly welcome: Of<"welcome">;
  readonly send: (message: ToRelay) => void;
  readonly sendBytes: (bytes: Uint8Array) => void;
  /** The next message of this type that was not taken yet, also one that is there already. */
  readonly next: <T extends ToRunnerMessage["type"]>(type: T, timeoutMs?: number) => Promise<Of<T>>;
  /** Messages of this type that are there and were not taken. */
  readonly waiting: (type: ToRunnerMessage["type"]) => number;
  /** The next binary message: what a viewer types. */
  readonly nextBytes: (timeoutMs?: number) => Promise<Uint8Array>;
  /** Claims a prompt. @returns the error's code, or undefined */
  readonly claim: (promptId: string, attempt: number) => Promise<string | undefined>;
  /** Settles with the close code. */
  readonly closed: Promise<number>;
  readonly close: () => void;
}

const patienceMs = 10_000;

/** Connects, proves its key, and waits for the welcome. @throws Error with the code of the relay's refusal */
export async function connectRunner(options: RunnerClientOptions): Promise<RunnerClient> {
  const { url, identity, deviceId, report = testReport(), runs = [] } = options;
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/runner-link`, { perMessageDeflate: false });
  const messages: ToRunnerMessage[] = [];
  const frames: Uint8Array[] = [];
  const lookers = new Set<() => void>();
  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (isBinary) frames.push(data);
    else messages.push(ToRunner.parse(JSON.parse(data.toString())) as ToRunnerMessage);
    for (const look of [...lookers]) look();
  });
  socket.on("error", () => socket.terminate());
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));

  const wait = <T>(what: string, find: () => T | undefined, timeoutMs = patienceMs): Promise<T> =>
    new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        lookers.delete(look);
      };
      const fail = (why: string) => {
        finish();
        reject(new Error(`no “${what}”: ${why}; there are ${messages.map((message) => message.type).join(", ")}`));
      };
      const timer = setTimeout(() => fail(`nothing within ${timeoutMs} ms`), timeoutMs);
      const look = () => {
        const found = find();
        if (found === undefined) return;
        finish();
        resolve(found);
      };
      lookers.add(look);
      look();
      void closed.then(() => lookers.has(look) && fail("the socket closed"));
    });
  const take = (fits: (message: ToRunnerMessage) => boolean): ToRunnerMessage | undefined => {
    const index = messages.findIndex(fits);
    return index < 0 ? undefined : messages.splice(index, 1)[0];
  };
  const next: RunnerClient["next"] = (type, timeoutMs) =>
    wait(type, () => take((message) => message.type === type) as never, timeoutMs);
  const send = (message: ToRelay) => socket.send(JSON.stringify(message));

  await once(socket, "open");
  const { nonce, relayId } = await next("challenge");
  const proof = await identity.sign(
    JSON.stringify({ purpose: "baton-runner-link", nonce, relayId, runnerId: identity.runnerId }),
  );
  const { runnerId, body } = identity;
  send({ type: "hello", protocol: ownProtocolRange, runnerId, deviceId, proof, body, report, runs });
  const answer = await wait("welcome", () => take(({ type }) => type === "welcome" || type === "error"));
  if (answer.type === "error") throw new Error(answer.error.code);

  return {
    socket,
    welcome: answer as Of<"welcome">,
    send,
    sendBytes: (bytes) => socket.send(bytes),
    next,
    waiting: (type) => messages.filter((message) => message.type === type).length,
    nextBytes: (timeoutMs) => wait("a binary message", () => frames.shift(), timeoutMs),
    async claim(promptId, attempt) {
      const id = newId("command");
      send({ type: "prompt.claim", id, promptId, attempt });
      const reply = await wait(
        "reply",
        () => take((m) => m.type === "reply" && m.re === id) as Of<"reply"> | undefined,
      );
      return reply.error?.code;
    },
    closed,
    close: () => socket.terminate(),
    [Symbol.dispose]: () => socket.terminate(),
  };
}

/** A run as a keeper begins it, and the frames of its log. */
export interface ScriptedRun {
  readonly id: RunId;
  readonly header: RunHeader;
  seq: number;
  /** Encoded records with the next seqs, in one frame. */
  readonly output: (...texts: (string | Uint8Array)[]) => Uint8Array;
  readonly record: <K extends PayloadKind>(kind: K, payload: Payload<K>) => Uint8Array;
  readonly snapshot: (seq: number, screen: string) => Uint8Array;
}

export function scriptedRun(runnerId: RunnerId, header: Partial<RunHeader> = {}): ScriptedRun {
  const id = header.id ?? newId("run");
  const run: ScriptedRun = {
    id,
    header: {
      v: 1,
      id,
      runnerId,
      threadId: newId("thread"),
      agent: "echo",
      mode: "once",
      access: "edit",
      visibility: "team",
      createdAt: Date.now(),
      storeId: newId("store"),
      body: { title: "Fix the login test", cwd: "/home/ana/api-server", command: "echo" },
      ...header,
    },
    seq: 0,
    output: (...texts) =>
      encodeRecordsFrame(
        id,
        texts.map((text) => {
          run.seq += 1;
          const payload = typeof text === "string" ? new TextEncoder().encode(text) : text;
          return encodeRecord({ seq: run.seq, ts: Date.now(), kind: recordKinds.output, payload });
        }),
      ),
    record: (kind, payload) => {
      run.seq += 1;
      return encodeRecordsFrame(id, [encodeRecord({ seq: run.seq, ts: Date.now(), ...encodePayload(kind, payload) })]);
    },
    snapshot: (seq, screen) =>
      encodeSnapshotFrame({ runId: id, seq, cols: 80, rows: 24, bytes: new TextEncoder().encode(screen) }),
  };
  return run;
}
