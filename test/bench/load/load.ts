import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { distFolder } from "#test/support/dist";
import { startProcess, type TestProcess } from "#test/support/processes";
import { type Histogram, merge } from "./histogram.ts";

/** A main file of the bench, as it was built. */
export const benchProgram = (name: string): string => resolve(distFolder, "test/bench", `${name}.main.mjs`);

export interface Load {
  /** Counts for a while. @returns the delays that all viewers saw */
  readonly measure: (forMs: number) => Promise<Histogram>;
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
      for (const one of processes) one.child.stdin.write("measure\n");
      await delay(forMs);
      for (const one of processes) one.child.stdin.write("stop\n");
      const all: Histogram = new Map();
      for (const one of processes) {
        merge(
          all,
          await one.line((line) => (line.startsWith("[") ? (JSON.parse(line) as [number, number][]) : undefined)),
        );
      }
      return all;
    },
    stop,
  };
}
