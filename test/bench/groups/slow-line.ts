import { setTimeout as delay } from "node:timers/promises";
import { visitPreview } from "#test/support/preview-visit";
import { slowLink } from "#test/support/slow-link";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { batonTarget } from "../baton-echo.ts";
import { measureEcho } from "../echo-probe.ts";
import { countedDownload, countedUpload, type RequestTarget } from "../load/requests.ts";
import { startPeer } from "../peers.ts";
import { atLeast, atMost, type BenchGroup, type Row } from "../row.ts";
import { percentile } from "../statistics.ts";

const speed = { bytesPerSecond: 20_000_000 / 8, oneWayMs: 20 };
const pace = { everyMs: 50, keys: 200, warmupKeys: 20 };
const p95LimitMs = 140;
const bulkShare = 0.9;
/** Until a transfer has filled its windows. */
const settleMs = 1_500;

/** The runner's line is slow: what somebody types waits behind no more of a download than the tunnel has under way. */
export const slowLine: BenchGroup = {
  name: "slow-line",
  about: "keys beside a preview's large body, over 20 Mbit/s and 40 ms between runner and relay",
  async run(log) {
    const web = await startPeer("web");
    let line: Awaited<ReturnType<typeof slowLink>> | undefined;
    try {
      await using system = await startSystem({
        previewPorts: [web.port],
        runnerRelayUrl: async (relayUrl) => {
          line = await slowLink(Number(new URL(relayUrl).port), speed);
          return `http://127.0.0.1:${line.port}`;
        },
      });
      const target = await shown(system, web.port);
      const alone = await keysBeside(system);
      log(`keys alone: p95 ${percentile(alone.keys, 0.95).toFixed(0)} ms`);
      const rows: Row[] = [];
      for (const [name, transfer] of [
        ["down", countedDownload],
        ["up", countedUpload],
      ] as const) {
        const beside = await keysBeside(system, () => transfer(target));
        rows.push(
          atMost(p95LimitMs, {
            name: `a key beside a large body ${name}, p95`,
            value: percentile(beside.keys, 0.95),
            unit: "ms",
            peer: { name: "alone", value: percentile(alone.keys, 0.95) },
          }),
          atLeast(bulkShare, { name: `  the body ${name}, share of the line`, value: beside.share, unit: "" }),
        );
      }
      return rows;
    } finally {
      await line?.[Symbol.asyncDispose]();
      await web.stop();
    }
  },
};

async function shown(system: System, port: number): Promise<RequestTarget> {
  const runnerId = (await system.runners[0]?.runnerId()) ?? "";
  const { id } = await system.owner.client.call("openPreview", { body: { runnerId, port } });
  const visit = await visitPreview(system.owner, id);
  await until("the tunnel is there", async () => (await visit.get("/")).status === 200 || undefined);
  return { port: system.relay.port, headers: { host: new URL(visit.origin).host, cookie: visit.cookie } };
}

async function keysBeside(system: System, begin?: () => { bytes(): number; stop(): void }) {
  const target = await batonTarget(system);
  const transfer = begin?.();
  try {
    await delay(settleMs);
    const [fromMs, fromBytes] = [performance.now(), transfer?.bytes() ?? 0];
    const keys = await measureEcho(target, pace);
    const seconds = (performance.now() - fromMs) / 1_000;
    return { keys, share: ((transfer?.bytes() ?? 0) - fromBytes) / seconds / speed.bytesPerSecond };
  } finally {
    transfer?.stop();
    await target.close();
  }
}
