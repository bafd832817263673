import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { distFolder } from "#test/support/dist";
import { startProcess, type TestProcess } from "#test/support/processes";
import { monotonicMs } from "../statistics.ts";
import { type Histogram, merge } from "./histogram.ts";

/** A main file of the bench, as it was built. */
export const benchProgram = (name: string): string => resolve(distFolder, "test/bench", `${name}.main.mjs`);

/** What all viewers together saw. */
export interface Counted {
  readonly delays: Histogram;
  /** How many frames each of them should have seen: those that any of them saw. */
  readonly frames: number;
}

/** What is stamped at the end of the measured time may still be on its way. */
const lateMs = 1_000;

export interface Load {
  /** Counts what is stamped in a while, and waits for what is on its way at its end. */
  readonly measure: (forMs: number) => Promise<Counted>;
  readonly stop: () => Promise<void>;
}

interface LoadOptions {
  readonly kind: "watch" | "idle" | "bare";
  readonly viewers: number;
  readonly processes: number;
  readonly url: string;
  readonly token?: string;
  readonly runId?: string;
  readonly connectMs?: number;
}

interface Printed {
  readonly delays: readonly [number, number][];
  readonly stamps: readonly number[];
}

/** Starts viewers in processes of their own and waits until all of them are connected. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const each = Math.ceil(options.viewers / options.processes);
  const processes: TestProcess[] = [];
  for (let left = options.viewers; left > 0; left -= each) {
    const args = [options.kind, String(Math.min(each, left)), options.url, options.token ?? "", options.runId ?? ""];
    processes.push(startProcess([process.execPath, benchProgram("load/viewers"), ...args]));
  }
  const stop = async () => {
    await Promise.all(processes.map((one) => one.stop()));
  };
  try {
    await Promise.all(
      processes.map((one) => one.line((line) => (line === "ready" ? true : undefined), options.connectMs ?? 60_000)),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async measure(forMs) {
      const from = monotonicMs();
      for (const one of processes) one.child.stdin.write(`measure ${from} ${from + forMs}\n`);
      await delay(forMs + lateMs);
      for (const one of processes) one.child.stdin.write("stop\n");
      const delays: Histogram = new Map();
      const stamps = new Set<number>();
      for (const one of processes) {
        const counted = await one.line((line) => (line.startsWith("{") ? (JSON.parse(line) as Printed) : undefined));
        merge(delays, counted.delays);
        for (const stamp of counted.stamps) stamps.add(stamp);
      }
      return { delays, frames: stamps.size };
    },
    stop,
  };
}
