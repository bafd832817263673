import { setTimeout as delay } from "node:timers/promises";
import { initialCreditBytes } from "#protocol/caps";
import type { RunId } from "#protocol/ids";
import type { System } from "#test/support/system";

const patienceMs = 30_000;
const retryMs = 20;

/**
 * How long it takes until somebody who looks now sees output that is newer than now.
 * @param runId a run that prints all the time
 * @returns milliseconds; `patienceMs` when nothing came
 */
export async function timeUntilWorkGoesOn(system: System, runId: RunId): Promise<number> {
  const start = performance.now();
  const since = Date.now();
  while (performance.now() - start < patienceMs) {
    try {
      await newRecord(system, runId, since);
      return performance.now() - start;
    } catch {
      // The relay is not there yet, or went away again; the clock runs on.
      await delay(retryMs);
    }
  }
  return patienceMs;
}

async function newRecord(system: System, runId: RunId, since: number): Promise<void> {
  const viewer = await system.owner.viewer();
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no new record")), patienceMs);
      viewer.socket.on("close", () => reject(new Error("closed")));
      viewer.onRecords((frame) => {
        viewer.send({ type: "run.credit", runId, bytes: frame.bytes.length });
        if (frame.records.some((record) => record.ts >= since)) {
          clearTimeout(timer);
          resolve();
        }
      });
      viewer.send({ type: "run.watch", runId, creditBytes: initialCreditBytes });
    });
  } finally {
    viewer.close();
  }
}
