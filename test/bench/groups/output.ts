import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startSystem } from "#test/support/system";
import { watchOutput } from "../baton-echo.ts";
import { ptyThroughput } from "../peers.ts";
import { floodColoured, floodYes } from "../programs.ts";
import { atLeastOfPeer, type BenchGroup, type Row } from "../row.ts";
import { monotonicMs } from "../statistics.ts";

const measureMs = 6_000;
const warmupMs = 2_000;
const megabyte = 1_000_000;
const programs = [
  { name: "`yes`", line: floodYes, factor: 0.6 },
  { name: "coloured 80-column text", line: floodColoured, factor: 0.3 },
];

/** Output of one run, durable on the relay and seen by a viewer, beside what node-pty alone delivers. */
export const output: BenchGroup = {
  name: "output",
  about: "output of one run to one viewer, durable on the relay, beside node-pty alone",
  async run(log) {
    const rows: Row[] = [];
    for (const { name, line, factor } of programs) {
      const before = await ptyThroughput(line, measureMs / 3);
      const ours = await durableThroughput(line);
      const after = await ptyThroughput(line, measureMs / 3);
      log(
        `${name}: seen ${figure(ours.seen)}, durable ${figure(ours.durable)}, node-pty ${figure(before)}, ${figure(after)}`,
      );
      rows.push(
        atLeastOfPeer(factor, {
          name: `output of ${name}, seen and durable`,
          value: Math.min(ours.seen, ours.durable) / megabyte,
          unit: "MB/s",
          peer: { name: "node-pty", value: (before + after) / 2 / megabyte },
        }),
      );
    }
    return rows;
  },
};

/** Bytes a second that a viewer saw, and by which the relay's logs grew. */
async function durableThroughput(line: string): Promise<{ seen: number; durable: number }> {
  await using system = await startSystem();
  const runId = await system.start(line);
  const viewer = await system.owner.viewer();
  let seenBytes = 0;
  await watchOutput(viewer, runId, (bytes) => {
    seenBytes += bytes.length;
  });
  await delay(warmupMs);
  const start = { at: monotonicMs(), seen: seenBytes, stored: bytesBelow(system.relay.data) };
  await delay(measureMs);
  const seconds = (monotonicMs() - start.at) / 1_000;
  const result = {
    seen: (seenBytes - start.seen) / seconds,
    durable: (bytesBelow(system.relay.data) - start.stored) / seconds,
  };
  viewer.close();
  await system.end(runId);
  return result;
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

const figure = (bytesPerSecond: number) => `${(bytesPerSecond / megabyte).toFixed(1)} MB/s`;
