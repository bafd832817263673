import { setTimeout as delay } from "node:timers/promises";
import { initialCreditBytes } from "#protocol/caps";
import type { RunId } from "#protocol/ids";
import { type Inspected, inspect } from "#test/support/inspector";
import { freePort } from "#test/support/ports";
import { type System, startSystem } from "#test/support/system";
import { batonTarget, watchOutput } from "../baton-echo.ts";
import { measureEcho } from "../echo-probe.ts";
import { floodYes } from "../programs.ts";
import { atMost, type BenchGroup } from "../row.ts";
import { median, percentile } from "../statistics.ts";

const rounds = 5;
const keys = 450;
const everyMs = 12;
const memoryLimitMiB = 1;
const slackShare = 0.2;
const slackMs = 2;
const MiB = 1_024 * 1_024;
const memorySamples = 5;

/** A viewer that has stopped reading, beside one that reads and one that types, during a minute of `yes`. */
export const stalled: BenchGroup = {
  name: "stalled",
  about: "a stalled viewer during 60 s of `yes`: relay memory, and what the others notice",
  async run(log) {
    const port = await freePort();
    await using system = await startSystem({ relayNodeArgs: [`--inspect=127.0.0.1:${port}`] });
    const relay = await inspect(port);
    const flood = await system.start(floodYes);
    const reader = await system.owner.viewer();
    await watchOutput(reader, flood, () => {});

    const without: number[] = [];
    const beside: number[] = [];
    const grown: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const base = await liveMiB(relay);
      without.push(await echoP99(system));
      const stop = await stalledViewer(system, flood);
      beside.push(await echoP99(system));
      grown.push((await liveMiB(relay)) - base);
      stop();
      log(
        `p99 ${without.at(-1)?.toFixed(2)} ms, with a stalled viewer ${beside.at(-1)?.toFixed(2)} ms, ${grown.at(-1)?.toFixed(2)} MB`,
      );
    }
    relay.close();
    reader.close();
    await system.end(flood);
    const p99Ms = median(without);
    return [
      atMost(memoryLimitMiB, { name: "a stalled viewer, relay memory", value: Math.max(0, median(grown)), unit: "MB" }),
      atMost(Number((p99Ms + Math.max(slackShare * p99Ms, slackMs)).toFixed(2)), {
        name: "echo of others beside a stalled viewer, p99",
        value: median(beside),
        unit: "ms",
        peer: { name: "without it", value: p99Ms },
      }),
    ];
  },
};

/** A viewer that was given all the credit there is and reads nothing of what comes. */
async function stalledViewer(system: System, runId: RunId): Promise<() => void> {
  const viewer = await system.owner.viewer();
  const watching = viewer.next("run.watching");
  viewer.send({ type: "run.watch", runId, creditBytes: 32 * initialCreditBytes });
  await watching;
  viewer.socket.pause();
  await delay(500);
  return () => viewer.close();
}

async function echoP99(system: System): Promise<number> {
  const target = await batonTarget(system);
  try {
    return percentile(await measureEcho(target, { everyMs, keys }), 0.99);
  } finally {
    await target.close();
  }
}

async function liveMiB(relay: Inspected): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < memorySamples; i++) {
    samples.push((await relay.liveBytes()) / MiB);
    await delay(200);
  }
  return median(samples);
}
