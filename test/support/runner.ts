import { mkdirSync } from "node:fs";
import type { RunnerPolicy } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import { artifact } from "#test/support/dist";
import type { Person } from "#test/support/people";
import { startProcess, type TestProcess } from "#test/support/processes";

/** A real headless runner, with what it says on stdout as events. */
export interface TestRunner extends TestProcess {
  readonly runnerId: RunnerId;
  readonly folder: string;
  /** The first event, from the start on, of this name that fits. */
  readonly event: (name: string, fits?: (event: RunnerEvent) => boolean, timeoutMs?: number) => Promise<RunnerEvent>;
}
export type RunnerEvent = Readonly<Record<string, unknown>>;

export interface TestRunnerOptions {
  /** Holds the runner's data, configuration and keeper (`BATON_HOME`). */
  readonly home: string;
  readonly folder: string;
  readonly relayUrl: string;
  /** Absent: it was paired before, or waits for somebody to approve its code. */
  readonly joinToken?: string;
  readonly policy?: RunnerPolicy;
  readonly flags?: readonly string[];
  /** Of the user whose runner it is; added to this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

export const runnerArgv = (options: TestRunnerOptions): [string, ...string[]] => [
  process.execPath,
  artifact("cli"),
  "runner",
  "--relay",
  options.relayUrl,
  "--workspace",
  options.folder,
  "--policy",
  options.policy ?? "auto",
  ...(options.joinToken ? ["--join-token", options.joinToken] : []),
  ...(options.flags ?? []),
];

/** Starts a runner and waits until its relay has welcomed it. */
export async function startRunner(options: TestRunnerOptions): Promise<TestRunner> {
  mkdirSync(options.folder, { recursive: true });
  const running = startProcess([...runnerArgv(options), "--json"], {
    env: { ...options.env, BATON_HOME: options.home },
  });
  const event: TestRunner["event"] = (name, fits = () => true, timeoutMs) =>
    running.line((line) => {
      const found = parseEvent(line);
      return found?.event === name && fits(found) ? found : undefined;
    }, timeoutMs);
  const { runnerId } = await event("started");
  await event("link", ({ state }) => state === "online");
  return Object.assign(running, { runnerId: String(runnerId), folder: options.folder, event });
}

/** A token by which runners pair without a person. */
export async function makeJoinToken(owner: Person, uses = 10): Promise<string> {
  const { secret } = (await owner.request("POST", "/api/join-tokens", { uses })) as { secret: string };
  return secret;
}

function parseEvent(line: string): RunnerEvent | undefined {
  try {
    return JSON.parse(line) as RunnerEvent;
  } catch {
    return undefined;
  }
}
