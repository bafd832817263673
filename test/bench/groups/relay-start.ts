import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "#protocol/ids";
import { runDocument } from "#test/relay/store/support/documents";
import { type System, startSystem } from "#test/support/system";
import { atMost, type BenchGroup } from "../row.ts";
import { percentile } from "../statistics.ts";
import { bench as storeAlone } from "../store-start.ts";

const days = 100;
const runsADay = 1_000;
const firstDay = Date.UTC(2025, 0, 1);
const dayMs = 86_400_000;
const pages = 100;
const startLimitMs = 1_000;
const pageLimitMs = 10;

/** A relay that has served for long: how fast it is up again, and how fast its list of runs is. */
export const relayStart: BenchGroup = {
  name: "history",
  about: `a relay with ${days * runsADay} ended runs on disk: its start, and pages of the list`,
  async run() {
    await using system = await startSystem({ runners: 0 });
    const emptyMs = await restartMs(system);
    await system.relay.kill("SIGTERM");
    writeHistory(join(system.relay.data, "days"));
    const fullMs = await restartMs(system);
    const times = await pageTimes(system);
    return [
      atMost(startLimitMs, {
        name: `relay start to ready, ${days * runsADay} runs`,
        value: fullMs,
        unit: "ms",
        peer: { name: "without a run", value: emptyMs },
      }),
      atMost(pageLimitMs, { name: "GET /api/runs, a page of 50, p50", value: percentile(times, 0.5), unit: "ms" }),
      ...(await storeAlone()),
    ];
  },
};

async function restartMs(system: System): Promise<number> {
  await system.relay.kill("SIGTERM");
  const before = performance.now();
  await system.relay.start();
  return performance.now() - before;
}

function writeHistory(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (let day = 0; day < days; day++) {
    const start = firstDay + day * dayMs;
    const runs = Array.from({ length: runsADay }, (_, i) => runDocument(start + i * 80_000, { rev: 3 }));
    const name = `${new Date(start).toISOString().slice(0, 10)}.runs.json`;
    writeFileSync(join(folder, name), JSON.stringify({ format: "baton-documents", v: 1, collections: { runs } }));
  }
}

/** Half of the pages one after the other from the newest on, half from anywhere in the history. */
async function pageTimes(system: System): Promise<number[]> {
  const times: number[] = [];
  let cursor: string | undefined;
  for (let i = 0; i < pages; i++) {
    const anywhere = newId("run", firstDay + ((i * 37) % days) * dayMs + dayMs / 2);
    const from = i < pages / 2 ? cursor : anywhere;
    const before = performance.now();
    const page = await system.owner.client.call("listRuns", { query: { limit: 50, ...(from && { cursor: from }) } });
    times.push(performance.now() - before);
    if (page.runs.length !== 50) throw new Error(`a page of ${page.runs.length} runs`);
    cursor = page.next;
  }
  return times;
}
