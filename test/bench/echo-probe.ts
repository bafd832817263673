import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { spawnPty } from "#test/support/node-pty";

/** Anything that gives back the bytes that are typed into it. */
export interface EchoTarget {
  readonly type: (bytes: Buffer) => void;
  readonly onOutput: (listener: (bytes: Uint8Array) => void) => void;
  readonly close: () => void | Promise<void>;
}

interface EchoOptions {
  readonly everyMs: number;
  readonly keys: number;
  /** The first keys only warm up the way. */
  readonly warmupKeys?: number;
}

const settleMs = 3_000;

/**
 * Types single keys at a fixed rate and times each until it is back.
 * @returns milliseconds, one for each key behind the warm-up
 * @throws Error when keys did not come back, or came back changed
 */
export async function measureEcho(target: EchoTarget, options: EchoOptions): Promise<number[]> {
  const warmupKeys = options.warmupKeys ?? 50;
  const total = options.keys + warmupKeys;
  const sentAt: number[] = [];
  const latencies: number[] = [];
  let back = 0;
  let wrong: string | undefined;
  target.onOutput((bytes) => {
    const now = performance.now();
    for (const byte of bytes) {
      if (byte !== keyOf(back)) wrong ??= `key ${back} came back as ${byte}`;
      if (back >= warmupKeys) latencies.push(now - (sentAt[back] ?? Number.NaN));
      back++;
    }
  });
  const start = performance.now();
  for (let key = 0; key < total; key++) {
    const wait = start + key * options.everyMs - performance.now();
    if (wait > 0) await delay(wait);
    sentAt.push(performance.now());
    target.type(Buffer.of(keyOf(key)));
  }
  for (const until = performance.now() + settleMs; back < total && performance.now() < until; ) await delay(5);
  if (wrong !== undefined) throw new Error(wrong);
  if (back !== total) throw new Error(`${total - back} of ${total} keys did not come back within ${settleMs} ms`);
  return latencies;
}

const keyOf = (index: number): number => 97 + (index % 26);

/** node-pty in this process: what the terminal itself costs. */
export async function ptyTarget(commandLine: string): Promise<EchoTarget> {
  const pty = spawnPty(["/bin/sh", "-c", commandLine]);
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  pty.onData((data) => {
    for (const listener of listeners) listener(data);
  });
  await delay(300);
  return {
    type: (bytes) => pty.write(bytes),
    onOutput: (listener) => listeners.push(listener),
    close: () => pty.kill(),
  };
}

/** A terminal behind a WebSocket that sends and takes plain bytes. */
export async function socketTarget(url: string): Promise<EchoTarget> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, "open");
  await delay(300);
  return {
    type: (bytes) => socket.send(bytes),
    onOutput: (listener) => socket.on("message", (data: Buffer) => listener(data)),
    close: () => socket.terminate(),
  };
}

/** ttyd's own protocol: a JSON message first, then `0` and the bytes in both directions. */
export async function ttydTarget(port: number): Promise<EchoTarget> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, ["tty"], { perMessageDeflate: false });
  await once(socket, "open");
  socket.send(Buffer.from(JSON.stringify({ AuthToken: "", columns: 100, rows: 30 })));
  await delay(500);
  return {
    type: (bytes) => socket.send(Buffer.concat([Buffer.from("0"), bytes])),
    onOutput: (listener) =>
      socket.on("message", (data: Buffer) => {
        if (data[0] === 0x30) listener(data.subarray(1));
      }),
    close: () => socket.terminate(),
  };
}
