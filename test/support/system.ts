import { mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { RunMode } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import { artifact } from "#test/support/dist";
import { type Person, signIn } from "#test/support/people";
import { freePort } from "#test/support/ports";
import { commandOf, isAlive, startProcess, type TestProcess } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";

/**
 * Everything that runs in the product, as real processes below one throw-away folder: a relay, runners, their keeper.
 * The agent `line` runs the prompt as a command line, in both modes.
 */
export interface System extends AsyncDisposable {
  readonly temp: TempFolder;
  readonly relay: RelayProcess;
  readonly runners: readonly RunnerProcess[];
  readonly owner: Person;
  /** Queues a command line and waits until it runs. */
  readonly start: (line: string, options?: StartOptions) => Promise<RunId>;
  /** Cancels a run and waits for its end. */
  readonly end: (runId: RunId) => Promise<void>;
  /** The processes of the keeper. */
  readonly keepers: () => number[];
  /**
   * Ends the relay and the runners, then kills what is still there.
   * @param graceMs how long the keeper, which stays for a while when nobody is there, may take to leave by itself
   * @returns the command lines of what had to be killed
   */
  readonly stop: (graceMs?: number) => Promise<string[]>;
}

interface StartOptions {
  readonly mode?: RunMode;
  readonly runner?: number;
  readonly person?: Person;
}

export interface SystemOptions {
  readonly runners?: number;
  /** Options of Node itself for the relay, such as `--inspect`. */
  readonly relayNodeArgs?: readonly string[];
  readonly writesPerMinute?: number;
  /** Ports that the runners show. */
  readonly previewPorts?: readonly number[];
  /** Command lines that dev servers run unasked. */
  readonly shellLines?: readonly string[];
  /** The loopback address of the relay; at one that is not the usual one it has no host names for previews. */
  readonly relayHost?: string;
  /** What else stands in the user's configuration of the runners. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** What a runner dials instead of the relay: a proxy that can fail. */
  readonly runnerRelayUrl?: (relayUrl: string) => Promise<string>;
}

/** A process that can be killed and started again, with everything it keeps on disk. */
export interface Restartable {
  readonly pid: () => number;
  readonly start: () => Promise<void>;
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
  readonly output: () => string;
}
export interface RelayProcess extends Restartable {
  readonly url: string;
  readonly port: number;
  readonly data: string;
}
export interface RunnerProcess extends Restartable {
  readonly folder: string;
  readonly runnerId: () => Promise<string>;
}

const patienceMs = 20_000;
/** The agent of tests and benches: a command line in a plain shell. */
const lineAgent = (mode: RunMode) => ({
  arguments: ["-c", "{prompt}"],
  access: { full: {} },
  prompt: { via: "argument", arguments: ["{prompt}"], required: true },
  ...(mode === "once" && { cancelSignals: ["SIGTERM"] }),
});

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const temp = tempFolder("bt");
  const relay = await relayProcess(temp, options);
  const link = await relay.startWithLink();
  const owner = await signIn(relay.url, link);
  const dialled = (await options.runnerRelayUrl?.(relay.url)) ?? relay.url;
  const home = temp.at("home");
  mkdirSync(join(home, "config"), { recursive: true });
  const agents = [
    {
      id: "line",
      name: "Line",
      command: "/bin/sh",
      versionArguments: [],
      modes: { once: lineAgent("once"), interactive: lineAgent("interactive") },
    },
  ];
  writeFileSync(
    join(home, "config", "config.json"),
    JSON.stringify({
      policy: "auto",
      agents,
      previewPorts: options.previewPorts ?? [],
      shellLines: options.shellLines ?? [],
      ...options.config,
    }),
  );
  const runners: RunnerProcess[] = [];
  for (let i = 0; i < (options.runners ?? 1); i++) {
    const runner = runnerProcess({ temp, home, owner, relayUrl: dialled, folder: temp.at(`folder-${i}`) });
    await runner.start();
    runners.push(runner);
  }

  const stop = async (graceMs = 0): Promise<string[]> => {
    await Promise.all([...runners, relay].map((one) => one.kill("SIGTERM")));
    const left = await processesAfterGrace(temp.path, graceMs);
    const lines = left.map((pid) => `${pid} ${commandOf(pid) ?? ""}`);
    for (const pid of left) killQuietly(pid);
    temp.remove();
    return lines;
  };

  return {
    temp,
    relay,
    runners,
    owner,
    keepers: () => processesIn(temp.path).filter((pid) => /keeper\.cjs/.test(commandOf(pid) ?? "")),
    async start(line, { mode = "interactive", runner = 0, person = owner } = {}) {
      const runnerId = await runners[runner]?.runnerId();
      const prompt = await person.client.call("queuePrompt", {
        body: { target: { runnerId: runnerId ?? "" }, agent: "line", mode, access: "full", body: { text: line } },
      });
      for (const until = performance.now() + patienceMs; performance.now() < until; await delay(15)) {
        const { state, runId, reason } = await person.client.call("readPrompt", { params: { id: prompt.id } });
        if (runId && state !== "claimed") return runId;
        if (["failed", "declined", "expired"].includes(state)) {
          throw new Error(`the prompt is ${state}: ${JSON.stringify(reason)}`);
        }
      }
      throw new Error(
        `“${line}” did not start within ${patienceMs} ms\n${runners.map((one) => one.output()).join("\n")}`,
      );
    },
    async end(runId) {
      const run = await owner.client.call("readRun", { params: { id: runId } });
      if (run.status !== "ended") await owner.client.call("cancelRun", { params: { id: runId } });
      await runEnded(owner, runId);
    },
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}

/** Waits for the end of a run, as the relay knows it. */
export async function runEnded(person: Person, runId: RunId, timeoutMs = patienceMs) {
  for (const until = performance.now() + timeoutMs; ; await delay(25)) {
    const run = await person.client.call("readRun", { params: { id: runId } });
    if (run.status === "ended") return run;
    if (performance.now() > until) throw new Error(`${runId} is still ${run.status} after ${timeoutMs} ms`);
  }
}

async function relayProcess(temp: TempFolder, options: SystemOptions) {
  const port = await freePort();
  const host = options.relayHost ?? "127.0.0.1";
  const data = temp.at("relay");
  let current: TestProcess | undefined;
  const launch = async (): Promise<string> => {
    const args = ["serve", "--host", host, "--port", String(port), "--data", data, "--json"];
    if (options.writesPerMinute) args.push("--writes-per-minute", String(options.writesPerMinute));
    current = startProcess([process.execPath, ...(options.relayNodeArgs ?? []), artifact("relay"), ...args], {
      env: { BATON_HOME: temp.at("home") },
    });
    const ready = await current.line((line) => {
      const event = jsonLine(line);
      return event?.event === "ready" ? event : undefined;
    });
    return String(ready.link ?? "");
  };
  return {
    url: `http://${host}:${port}`,
    port,
    data,
    startWithLink: launch,
    ...restartable(
      async () => void (await launch()),
      () => current,
    ),
  };
}

interface RunnerSetup {
  readonly temp: TempFolder;
  readonly home: string;
  readonly owner: Person;
  readonly relayUrl: string;
  readonly folder: string;
}

function runnerProcess({ home, owner, relayUrl, folder }: RunnerSetup): RunnerProcess {
  mkdirSync(folder, { recursive: true });
  let current: TestProcess | undefined;
  let joinToken: string | undefined;
  let id: string | undefined;
  const online = async () => {
    const { runners } = await owner.client.call("listRunners");
    return runners.find((runner) => runner.body.folder === folder && runner.state === "online")?.id;
  };
  const start = async () => {
    joinToken ??= ((await owner.request("POST", "/api/join-tokens", {})) as { secret: string }).secret;
    const args = ["runner", "--relay", relayUrl, "--join-token", joinToken, "--workspace", folder, "--policy", "auto"];
    current = startProcess([process.execPath, artifact("cli"), ...args], { env: { BATON_HOME: home } });
    if (id) return;
    for (const until = performance.now() + patienceMs; ; await delay(50)) {
      id = await online();
      if (id) return;
      if (performance.now() > until || current.child.exitCode !== null) {
        throw new Error(`the runner did not come online\n${current.stdout()}\n${current.stderr()}`);
      }
    }
  };
  return {
    folder,
    runnerId: async () => id ?? "",
    ...restartable(start, () => current),
  };
}

function restartable(start: () => Promise<void>, current: () => TestProcess | undefined): Restartable {
  return {
    start,
    pid: () => current()?.pid ?? -1,
    async kill(signal = "SIGKILL") {
      const running = current();
      if (!running || running.child.exitCode !== null || running.child.signalCode !== null) return;
      if (signal === "SIGTERM") return running.stop();
      running.kill(signal);
      await running.exited;
    },
    output: () => `${current()?.stdout() ?? ""}\n${current()?.stderr() ?? ""}`,
  };
}

/** Every live process that works in a folder or was told of it: by its directory, its arguments, its environment. */
export function processesIn(folder: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && isAlive(pid) && tracesOf(pid).includes(folder));
}

function tracesOf(pid: number): string {
  try {
    return [
      readlinkSync(`/proc/${pid}/cwd`),
      readFileSync(`/proc/${pid}/environ`),
      readFileSync(`/proc/${pid}/cmdline`),
    ].join("\0");
  } catch {
    return "";
  }
}

async function processesAfterGrace(folder: string, graceMs: number): Promise<number[]> {
  for (const until = performance.now() + graceMs; performance.now() < until; await delay(50)) {
    if (processesIn(folder).length === 0) return [];
  }
  return processesIn(folder);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function jsonLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
