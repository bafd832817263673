import { setTimeout as delay } from "node:timers/promises";
import { initialCreditBytes } from "#protocol/caps";
import type { RunId } from "#protocol/ids";
import { type System, startSystem } from "#test/support/system";
import { atMost, type BenchGroup, type Row } from "../row.ts";

const logBytes = 10_000_000;
const KB = 1_000;
const limitKB = 100;
const quietMs = 700;

/** What comes over the wire until the screen of a run with a long log is there. */
export const opening: BenchGroup = {
  name: "opening",
  about: "bytes sent before the first paint of a run with a 10 MB log",
  async run() {
    await using system = await startSystem();
    const print = `yes "$(printf '\\033[32m%s\\033[0m' 'a line of a long log, as builds print them')" | head -c ${logBytes}`;
    const runId = await system.start(`${print}; exec cat`);
    await logIsLong(system, runId);
    const live = await openingRow(system, runId, "live");
    await system.end(runId);
    await delay(quietMs);
    return [live, await openingRow(system, runId, "over")];
  },
};

async function logIsLong(system: System, runId: RunId): Promise<void> {
  for (;;) {
    const run = await system.owner.client.call("readRun", { params: { id: runId } });
    if (run.outputBytes >= logBytes) break;
    await delay(100);
  }
  await delay(2_000);
}

async function openingRow(system: System, runId: RunId, state: string): Promise<Row> {
  const viewer = await system.owner.viewer();
  const before = viewer.receivedBytes();
  let snapshots = 0;
  viewer.onSnapshot(() => snapshots++);
  viewer.send({ type: "run.watch", runId, creditBytes: initialCreditBytes });
  await viewer.next("run.watching");
  // The picture and everything behind it count, until nothing more comes.
  for (let last = -1; last !== viewer.receivedBytes(); await delay(quietMs)) last = viewer.receivedBytes();
  const bytes = viewer.receivedBytes() - before;
  viewer.close();
  if (snapshots !== 1) throw new Error(`${snapshots} snapshots came for a run that is ${state}`);
  return atMost(limitKB, {
    name: `opening a run with a 10 MB log, ${state}`,
    value: bytes / KB,
    unit: "KB",
    peer: { name: "the whole log", value: logBytes / KB },
  });
}
