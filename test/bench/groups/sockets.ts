import { setTimeout as delay } from "node:timers/promises";
import { residentBytes } from "#test/support/processes";
import { startSystem } from "#test/support/system";
import { startLoad } from "../load/load.ts";
import { startPeer } from "../peers.ts";
import { atMost, type BenchGroup } from "../row.ts";

const sockets = 5_000;
const processes = 2;
const settleMs = 5_000;
const KiB = 1_024;
const limitKiB = 12;

/** Five thousand people who have the dashboard open and watch nothing. */
export const idleSockets: BenchGroup = {
  name: "sockets",
  about: `relay memory of ${sockets} idle sockets`,
  async run(log) {
    const bare = await startPeer("broadcast", "0.001");
    const bareKiB = await growth(bare.pid, { kind: "bare", url: `ws://127.0.0.1:${bare.port}` });
    await bare.stop();
    log(`bare ws: ${bareKiB.toFixed(1)} KB each`);
    await using system = await startSystem({ runners: 0 });
    const { url } = system.relay;
    const oursKiB = await growth(system.relay.pid(), { kind: "idle", url, token: system.owner.token });
    return [
      atMost(limitKiB, {
        name: `an idle socket of ${sockets}, relay memory`,
        value: oursKiB,
        unit: "KB",
        peer: { name: "bare ws", value: bareKiB },
      }),
    ];
  },
};

/** By how much the resident memory of a process grows with each socket, in KiB. */
async function growth(pid: number, target: { kind: "idle" | "bare"; url: string; token?: string }): Promise<number> {
  await delay(settleMs / 2);
  const before = residentBytes(pid);
  const load = await startLoad({ ...target, viewers: sockets, processes, connectMs: 180_000 });
  await delay(settleMs);
  const after = residentBytes(pid);
  await load.stop();
  return (after - before) / sockets / KiB;
}
