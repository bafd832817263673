import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { plainText } from "#protocol/plain-text";
import { isAlive } from "#runner/keeper/is-alive";
import { kill } from "#runner/keeper/kill";
import { belowProcess, readProcessTable } from "#runner/keeper/process-table";
import { taskkill } from "#runner/keeper/taskkill";
import { readBoundedLines } from "#runner/node/bounded-lines";
import { maxTunnelLineLength, tunnelStopMs } from "#runner/node/caps";
import { type OutputEvent, readOutput } from "#runner/node/cloudflare/output";

/** One cloudflared at work. */
export interface TunnelProcess {
  /** Settles when it has ended: with how, as a person would say it. */
  readonly ended: Promise<string>;
  /** Ends it with everything below it: where cloudflared on PATH is a script, the program itself is below that. */
  stop(): Promise<void>;
}

interface TunnelProcessOptions {
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Each line of its log, as plain text, with what it means. */
  line(text: string, event: OutputEvent | undefined): void;
}

export function startTunnelProcess({ binary, args, env, line }: TunnelProcessOptions): TunnelProcess {
  const child = spawn(binary, args, { env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  let hasEnded = false;
  const ended = new Promise<string>((resolve) => {
    const end = (how: string) => {
      hasEnded = true;
      resolve(how);
    };
    child.once("error", (error) => end(error.message));
    child.once("close", (code, signal) => end(signal ?? `exit code ${code}`));
    // What it left behind may hold its output open.
    child.once("exit", (code, signal) => setTimeout(() => end(signal ?? `exit code ${code}`), lastWordsMs).unref());
  });
  for (const stream of [child.stdout, child.stderr]) readLines(stream, line);
  return {
    ended,
    async stop() {
      if (!hasEnded) await stopTree(child);
      await ended;
    },
  };
}

const lastWordsMs = 1_000;

function readLines(stream: Readable, line: TunnelProcessOptions["line"]): void {
  readBoundedLines(stream, maxTunnelLineLength, (raw) => {
    // It says what strangers send it: nothing of that reaches a terminal as anything but text.
    const text = plainText(raw);
    line(text, readOutput(text));
  });
}

async function stopTree(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === "win32") return void (await taskkill(pid, true));
  // They are found by their parents, which they have no more when those have ended.
  const tree = [pid, ...belowProcess(await readProcessTable(), pid).map((one) => one.pid)];
  for (const one of tree) kill(one, "SIGTERM");
  const left = () => tree.filter(isAlive);
  for (const until = performance.now() + tunnelStopMs; left().length > 0 && performance.now() < until; ) {
    await delay(lookEveryMs);
  }
  for (const one of left()) kill(one, "SIGKILL");
}

const lookEveryMs = 25;
