import { setTimeout as delay } from "node:timers/promises";
import type { RunId } from "#protocol/ids";
import { invitePerson } from "#test/support/people";
import { commandOf, descendants, residentBytes, startProcess } from "#test/support/processes";
import { type System, startSystem } from "#test/support/system";
import { atMost, type BenchGroup, forTheRecord } from "../row.ts";

const MiB = 1_024 * 1_024;
const endedRuns = 100;
const people = 4;
const terminals = 10;
const settleMs = 4_000;
/** Behind the last run: the keeper ends the thread of its terminals after ten seconds. */
const restMs = 13_000;
const relayLimitMiB = 90;
const machineLimitMiB = 120;
const terminalLimitMiB = 8;

/** Resident memory of what runs all day: the relay, the runner with its keeper, and each terminal more. */
export const memory: BenchGroup = {
  name: "memory",
  about: `resident memory: relay with ${endedRuns} ended runs, runner and keeper, each of ${terminals} terminals`,
  async run(log) {
    const nodeMiB = await bareNode();
    await using system = await startSystem();
    await delay(settleMs);
    const machineMiB = ownMiB(system);
    for (const pid of [...system.runners.map((one) => one.pid()), ...system.keepers()]) {
      log(`${(residentBytes(pid) / MiB).toFixed(0)} MB ${commandOf(pid)?.split(" ")[1]}`);
    }

    const running: RunId[] = [];
    for (let i = 0; i < terminals; i++) running.push(await system.start("printf 'hello\\n'; exec cat"));
    await delay(settleMs);
    const terminalMiB = (ownMiB(system) - machineMiB) / terminals;
    for (const runId of running) await system.end(runId);

    await makeEndedRuns(system);
    await delay(restMs);
    const relayMiB = residentBytes(system.relay.pid()) / MiB;
    const peer = { name: "bare Node", value: nodeMiB };
    const machinePeer = { name: "two bare Nodes", value: 2 * nodeMiB };
    return [
      atMost(relayLimitMiB, { name: `relay, idle, ${endedRuns} ended runs`, value: relayMiB, unit: "MB", peer }),
      atMost(machineLimitMiB, {
        name: "headless runner and keeper together",
        value: machineMiB,
        unit: "MB",
        peer: machinePeer,
      }),
      atMost(terminalLimitMiB, { name: `each of ${terminals} running terminals more`, value: terminalMiB, unit: "MB" }),
      forTheRecord({
        name: `  runner and keeper, ${endedRuns} runs later`,
        value: ownMiB(system),
        unit: "MB",
        peer: machinePeer,
      }),
    ];
  },
};

/** The runner, the keeper and what belongs to them; not the agents, which would need their memory anyway. */
function ownMiB(system: System): number {
  const runner = system.runners[0]?.pid() ?? -1;
  const keepers = system.keepers();
  const own = new Set([runner, ...keepers]);
  return [...own].reduce((sum, pid) => sum + residentBytes(pid), 0) / MiB;
}

async function makeEndedRuns(system: System): Promise<void> {
  for (let p = 0; p < people; p++) {
    const person = await invitePerson(system.owner, "owner", `Person ${p}`);
    for (let i = 0; i < endedRuns / people; i++) await system.start("echo done", { mode: "once", person });
  }
  for (;;) {
    const { runs } = await system.owner.client.call("listRuns", { query: { limit: 200 } });
    if (runs.length >= endedRuns && runs.every((run) => run.status === "ended")) return;
    await delay(100);
  }
}

/** A Node that does nothing: the floor below every process of ours. */
async function bareNode(): Promise<number> {
  await using node = startProcess([process.execPath, "-e", "setInterval(() => {}, 1000)"]);
  await delay(settleMs / 4);
  return [node.pid, ...descendants(node.pid)].reduce((sum, pid) => sum + residentBytes(pid), 0) / MiB;
}
