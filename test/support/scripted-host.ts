import type { RunnerPolicy } from "#protocol/documents";
import { newId } from "#protocol/ids";
import type { Clock, RunnerHost } from "#runner/core/host";

/** Time that only a test moves. */
export interface ScriptedClock extends Clock {
  /** Moves time on and calls what has become due, in order. */
  advance(ms: number): void;
  /** Moves time on without calling anything, as a machine that sleeps. */
  jump(ms: number): void;
  readonly waiting: number;
}

export function scriptedClock(startMs = 1_000_000): ScriptedClock {
  let nowMs = startMs;
  let timers: { atMs: number; callback: () => void }[] = [];
  const nextDue = (untilMs: number) =>
    timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  return {
    now: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let due = nextDue(untilMs); due; due = nextDue(untilMs)) {
        timers = timers.filter((one) => one !== due);
        nowMs = Math.max(nowMs, due.atMs);
        due.callback();
      }
      nowMs = Math.max(nowMs, untilMs);
    },
    jump(ms) {
      nowMs += ms;
    },
    get waiting() {
      return timers.length;
    },
  };
}

export interface ScriptedHost extends RunnerHost {
  setPolicy(policy: RunnerPolicy): void;
}

const notScripted = (name: string) => () => {
  throw new Error(`the test did not say what ${name} does`);
};

/** Surroundings of the runner's core in which a test says what happens; what it does not say fails. */
export function scriptedHost(script: Partial<RunnerHost> = {}): ScriptedHost {
  let policy: RunnerPolicy = "auto";
  const listeners = new Set<() => void>();
  const setPolicy = (next: RunnerPolicy) => {
    policy = next;
    for (const listener of listeners) listener();
  };
  const quiet = () => {};
  return {
    clock: scriptedClock(),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    random: () => 0.5,
    version: "0.0.0",
    runnerId: newId("runner"),
    folder: "/work",
    openLink: notScripted("openLink"),
    sign: async () => "proof",
    connectKeeper: notScripted("connectKeeper"),
    connectOlderKeepers: async () => [],
    describe: () => ({ name: "test", host: "here", folder: "/work", platform: "test" }),
    inspect: async () => ({ agents: [] }),
    rules: {
      current: () => ({ policy, allowedEnvironment: [] }),
      setPolicy,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    trusted: () => true,
    checkFolder: async (folder) => folder ?? "/work",
    checkNewFolder: async (folder) => folder ?? "/work",
    ask: notScripted("ask"),
    resolveCommand: async ({ text, cwd, size }) => ({
      command: { argv: ["/bin/echo", text], cwd, env: {}, size, cancelSignals: ["SIGTERM"] },
      shown: "echo",
    }),
    setPolicy,
    ...script,
  };
}
