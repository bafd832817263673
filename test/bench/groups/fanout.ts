import { startSystem } from "#test/support/system";
import { percentileOf, samplesIn } from "../load/histogram.ts";
import { type Counted, startLoad } from "../load/load.ts";
import { startPeer } from "../peers.ts";
import { stampedFrames } from "../programs.ts";
import { atMost, type BenchGroup, forTheRecord } from "../row.ts";

const viewers = 1_000;
const framesPerSecond = 20;
const processes = 2;
const measureMs = 10_000;
const p99LimitMs = 50;

/** One run, a thousand viewers: from the program's own clock to each viewer. */
export const fanout: BenchGroup = {
  name: "fanout",
  about: `one run to ${viewers} viewers, ${framesPerSecond} frames of 1 KiB a second`,
  async run(log) {
    const { delays: peer } = await bare();
    log(`bare ws: ${samplesIn(peer)} frames, p50 ${percentileOf(peer, 0.5).toFixed(1)} ms`);
    await using system = await startSystem();
    const runId = await system.start(stampedFrames(system.temp.path, framesPerSecond));
    const load = await startLoad({
      kind: "watch",
      viewers,
      processes,
      url: system.relay.url,
      token: system.owner.token,
      runId,
    });
    const { delays: ours, frames } = await load.measure(measureMs);
    await load.stop();
    await system.end(runId);
    const beside = (share: number) => ({ name: "bare ws", value: percentileOf(peer, share) });
    const name = `1 run to ${viewers} viewers`;
    return [
      atMost(p99LimitMs, {
        name: `${name}, p99`,
        value: percentileOf(ours, 0.99),
        unit: "ms",
        peer: beside(0.99),
      }),
      forTheRecord({ name: `${name}, p50`, value: percentileOf(ours, 0.5), unit: "ms", peer: beside(0.5) }),
      forTheRecord({
        name: `${name}, frames that came`,
        value: samplesIn(ours) / (viewers * frames),
        unit: "of all",
      }),
    ];
  },
};

async function bare(): Promise<Counted> {
  const server = await startPeer("broadcast", String(framesPerSecond));
  try {
    const load = await startLoad({ kind: "bare", viewers, processes, url: `ws://127.0.0.1:${server.port}` });
    const counted = await load.measure(measureMs / 2);
    await load.stop();
    return counted;
  } finally {
    await server.stop();
  }
}
