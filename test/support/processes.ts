import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";

/** A real process under test, with everything it wrote. */
export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The first whole line of stdout for which `find` returns something, from the start of the process on. */
  readonly line: <T>(find: (line: string) => T | undefined, timeoutMs?: number) => Promise<T>;
  /** Settles when the process has ended and its streams are closed. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly kill: (signal?: NodeJS.Signals) => void;
  /** SIGTERM, then SIGKILL after `graceMs`; settles when it has ended. */
  readonly stop: (graceMs?: number) => Promise<void>;
}

interface StartOptions {
  readonly cwd?: string;
  /** Added to this process's environment; `undefined` takes a variable away. */
  readonly env?: NodeJS.ProcessEnv;
  readonly detached?: boolean;
}

/** Starts a process; `argv[0]` is looked up on PATH. */
export function startProcess(argv: readonly [string, ...string[]], options: StartOptions = {}): TestProcess {
  const [command, ...args] = argv;
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: options.detached ?? false,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
      for (const look of waiting) look();
    });
  }
  child.stdin.on("error", ignoreBrokenPipe);
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  exited.catch(() => undefined);
  const stop = async (graceMs = 5_000) => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const ended = await Promise.race([exited.then(() => true), delay(graceMs, false, { ref: false })]);
    if (!ended) child.kill("SIGKILL");
    await exited;
  };
  const line: TestProcess["line"] = (find, timeoutMs = 15_000) =>
    new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        waiting.delete(look);
      };
      const fail = (why: string) => {
        finish();
        reject(new Error(`${why}: ${argv.join(" ")}\n${written.stdout}\n${written.stderr}`));
      };
      const timer = setTimeout(() => fail(`no such line within ${timeoutMs} ms`), timeoutMs);
      const look = () => {
        for (const text of written.stdout.split("\n").slice(0, -1)) {
          const found = find(text);
          if (found === undefined) continue;
          finish();
          resolve(found);
          return;
        }
      };
      waiting.add(look);
      look();
      exited.then(
        () => waiting.has(look) && fail("the process ended"),
        (error: Error) => waiting.has(look) && fail(error.message),
      );
    });
  return {
    pid: child.pid ?? -1,
    child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    line,
    exited,
    kill: (signal = "SIGKILL") => void child.kill(signal),
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** Runs a process to its end, with `input` on its stdin. */
export async function runProcess(
  argv: readonly [string, ...string[]],
  options: StartOptions & { readonly input?: string; readonly timeoutMs?: number } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const running = startProcess(argv, options);
  const timer = setTimeout(() => running.kill("SIGKILL"), options.timeoutMs ?? 60_000);
  running.child.stdin.end(options.input ?? "");
  const { code } = await running.exited;
  clearTimeout(timer);
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

/** Whether a process is alive; a zombie is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return statusOf(pid)?.state !== "Z";
}

/** Settles when the process has ended. */
export async function processGone(pid: number, timeoutMs = 15_000): Promise<void> {
  const until = performance.now() + timeoutMs;
  while (isAlive(pid)) {
    if (performance.now() > until) throw new Error(`process ${pid} still lives after ${timeoutMs} ms`);
    await delay(20);
  }
}

/** Every live process below `pid`, by parentage (Linux: /proc). */
export function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const one of allProcesses()) {
    const parent = statusOf(one)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), one]);
  }
  const found: number[] = [];
  for (const queue = [pid]; queue.length > 0; ) {
    const below = children.get(queue.pop() ?? -1) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found;
}

/** Every live process whose environment holds `NAME=value` (Linux: /proc); what a test leaves behind is found by it. */
export function processesWithEnvironment(name: string, value: string): number[] {
  const wanted = `\0${name}=${value}\0`;
  return allProcesses().filter(
    (pid) => pid !== process.pid && isAlive(pid) && `\0${readProc(pid, "environ") ?? ""}`.includes(wanted),
  );
}

/** The command line of a process, or undefined when it is gone. */
export const commandOf = (pid: number): string | undefined => readProc(pid, "cmdline")?.replaceAll("\0", " ").trim();

/** Resident memory of a process in bytes (Linux: /proc). */
export function residentBytes(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, "status") ?? "");
  return Number(line?.[1] ?? 0) * 1024;
}

const allProcesses = (): number[] =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0);

function statusOf(pid: number): { state: string; parent: number } | undefined {
  const stat = readProc(pid, "stat");
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields ? { state: fields[0] ?? "", parent: Number(fields[1]) } : undefined;
}

/** A file of /proc, or undefined: a process may end between two looks. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/** A process that ended before it read its stdin is seen by its exit, not by the pipe. */
function ignoreBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
