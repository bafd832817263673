import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "#test/protocol/random";
import type { CutProxy } from "#test/support/cut-proxy";
import type { System } from "#test/support/system";

/** What can be done to, in the order in which things are started. */
export interface Scene {
  readonly system: System;
  /** Between the runner and the relay. */
  readonly runnerWire: CutProxy;
  /** Between the viewers and the relay. */
  readonly viewerWire: CutProxy;
}

/** One way for things to go wrong, and back: when it returns, both ends are up again. */
export interface Fault {
  readonly name: string;
  /** Whether something is killed with SIGKILL. */
  readonly kills: number;
  readonly weight: number;
  readonly happen: (scene: Scene, random: Random) => Promise<void>;
}

const longestDownMs = 900;
const longestStallMs = 2_500;

export const faults: readonly Fault[] = [
  {
    name: "the relay is killed",
    kills: 1,
    weight: 4,
    async happen({ system }, random) {
      await system.relay.kill();
      await delay(random.below(longestDownMs));
      await system.relay.start();
    },
  },
  {
    name: "the runner is killed",
    kills: 1,
    weight: 4,
    async happen({ system }, random) {
      const runner = random.pick(system.runners);
      await runner.kill();
      await delay(random.below(longestDownMs));
      await runner.start();
    },
  },
  {
    name: "the relay and the runner are killed",
    kills: 2,
    weight: 3,
    async happen({ system }, random) {
      const runner = random.pick(system.runners);
      const both = random.chance(0.5) ? [system.relay, runner] : [runner, system.relay];
      for (const one of both) await one.kill();
      await delay(random.below(longestDownMs));
      for (const one of both) await one.start();
    },
  },
  {
    name: "the runner's wire is cut",
    kills: 0,
    weight: 2,
    async happen({ runnerWire }, random) {
      runnerWire.setOpen(false);
      runnerWire.cut();
      await delay(random.below(longestDownMs));
      runnerWire.setOpen(true);
    },
  },
  {
    name: "the viewers' wire is cut",
    kills: 0,
    weight: 2,
    async happen({ viewerWire }, random) {
      viewerWire.setOpen(false);
      viewerWire.cut();
      await delay(random.below(longestDownMs));
      viewerWire.setOpen(true);
    },
  },
  {
    name: "the runner's wire stalls",
    kills: 0,
    weight: 1,
    async happen({ runnerWire }, random) {
      runnerWire.stall();
      await delay(random.below(longestStallMs));
      if (random.chance(0.5)) runnerWire.cut();
      runnerWire.flow();
    },
  },
  {
    name: "the relay is stopped",
    kills: 0,
    weight: 2,
    async happen({ system }, random) {
      const pid = system.relay.pid();
      process.kill(pid, "SIGSTOP");
      await delay(random.below(longestStallMs));
      process.kill(pid, "SIGCONT");
    },
  },
];

/** One of them, by weight. */
export function pickFault(random: Random): Fault {
  const total = faults.reduce((sum, fault) => sum + fault.weight, 0);
  let left = random.below(total);
  for (const fault of faults) {
    left -= fault.weight;
    if (left < 0) return fault;
  }
  return random.pick(faults);
}
