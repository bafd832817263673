import { spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { initialCreditBytes } from "#protocol/caps";
import { freePort } from "#test/support/ports";
import { startProcess } from "#test/support/processes";
import { startSystem } from "#test/support/system";
import { batonTarget, watchOutput } from "../baton-echo.ts";
import { type EchoTarget, measureEcho, ptyTarget, socketTarget, ttydTarget } from "../echo-probe.ts";
import { startPeer } from "../peers.ts";
import { echoBack, floodYes } from "../programs.ts";
import { atMost, type BenchGroup, forTheRecord, type Row } from "../row.ts";
import { percentile } from "../statistics.ts";

const p50LimitMs = 1.5;
const p99LimitMs = 8;
const p99WithFloodLimitMs = 20;
const paces = [
  { everyMs: 12, keys: 600 },
  { everyMs: 2, keys: 2_000 },
];

/** Keystroke echo over the whole way, beside node-pty alone, the smallest web terminal, and ttyd where there is one. */
export const echo: BenchGroup = {
  name: "echo",
  about: "from a key to its echo, over viewer, relay, runner, keeper, terminal and back",
  async run(log) {
    const rows: Row[] = [];
    for (const pace of paces) {
      const pty = await sampled(() => ptyTarget(echoBack), pace);
      const web = await throughWebTerminal(pace);
      const peer = (share: number) => ({ name: "ws + node-pty", value: percentile(web, share) });
      await using system = await startSystem();
      const ours = await sampled(() => batonTarget(system), pace);
      const name = `echo, a key every ${pace.everyMs} ms`;
      log(`${name}: ${ours.length} keys`);
      rows.push(
        atMost(p50LimitMs, { name: `${name}, p50`, value: percentile(ours, 0.5), unit: "ms", peer: peer(0.5) }),
        atMost(p99LimitMs, { name: `${name}, p99`, value: percentile(ours, 0.99), unit: "ms", peer: peer(0.99) }),
        forTheRecord({ name: `  node-pty in one process, p50`, value: percentile(pty, 0.5), unit: "ms" }),
        ...(await besideTtyd(pace)),
      );
    }
    return [...rows, await besideFlood()];
  },
};

type Pace = (typeof paces)[number];

async function sampled(open: () => Promise<EchoTarget>, pace: Pace): Promise<number[]> {
  const target = await open();
  try {
    return await measureEcho(target, pace);
  } finally {
    await target.close();
  }
}

async function throughWebTerminal(pace: Pace): Promise<number[]> {
  const server = await startPeer("terminal", echoBack);
  try {
    return await sampled(() => socketTarget(`ws://127.0.0.1:${server.port}`), pace);
  } finally {
    await server.stop();
  }
}

async function besideTtyd(pace: Pace): Promise<Row[]> {
  if (spawnSync("ttyd", ["--version"]).status !== 0) return [];
  const port = await freePort();
  await using server = startProcess(["ttyd", "-p", String(port), "-i", "lo", "-W", "/bin/sh", "-c", echoBack]);
  await delay(500);
  const samples = await sampled(() => ttydTarget(port), pace);
  const of = (share: number, name: string) =>
    forTheRecord({ name: `  ttyd (process ${server.pid}), ${name}`, value: percentile(samples, share), unit: "ms" });
  return [of(0.5, "p50"), of(0.99, "p99")];
}

/** Another run prints as fast as it can, and somebody watches it. */
async function besideFlood(): Promise<Row> {
  await using system = await startSystem();
  const flood = await system.start(floodYes);
  const watcher = await system.owner.viewer();
  await watchOutput(watcher, flood, () => {});
  const ours = await sampled(() => batonTarget(system), { everyMs: 12, keys: 400 });
  watcher.send({ type: "run.credit", runId: flood, bytes: initialCreditBytes });
  watcher.close();
  await system.end(flood);
  return atMost(p99WithFloodLimitMs, {
    name: "echo while another run floods, p99",
    value: percentile(ours, 0.99),
    unit: "ms",
  });
}
