import { setTimeout as delay } from "node:timers/promises";
import { randomOf } from "#test/protocol/random";
import { type CutProxy, cutProxy } from "#test/support/cut-proxy";
import { invitePerson } from "#test/support/people";
import { startSystem } from "#test/support/system";
import { pickFault, type Scene } from "./faults.ts";
import { createFollower } from "./follower.ts";
import { createJobs } from "./jobs.ts";
import { timeUntilWorkGoesOn } from "./recovery.ts";
import { leftBehind, type Verdict, verify } from "./verify.ts";
import { makeWriter } from "./writer.ts";

export interface StormOptions {
  readonly seed: number;
  readonly runs: number;
  /** Runs that are at work at the same time. */
  readonly atOnce: number;
  /** Processes to be killed before it is enough. */
  readonly kills: number;
  readonly members: number;
  readonly bytesPerRun: number;
  readonly msPerRun: number;
  readonly log?: (line: string) => void;
}

export interface StormReport extends Verdict {
  readonly kills: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly runs: number;
  /** From both ends being up until new output came, in milliseconds. */
  readonly recoveriesMs: readonly number[];
}

const leastPauseMs = 600;
const pauseMs = 1_200;

/** Runs with a known output, and everything around them dying and coming back, until there was enough of both. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const random = randomOf(options.seed);
  const wires: CutProxy[] = [];
  const wireTo = async (port: number) => {
    const wire = await cutProxy(port);
    wires.push(wire);
    return wire;
  };
  let runnerWire: CutProxy | undefined;
  const system = await startSystem({
    writesPerMinute: 6_000,
    runnerRelayUrl: async (url) => {
      runnerWire = await wireTo(Number(new URL(url).port));
      return `http://127.0.0.1:${runnerWire.port}`;
    },
  });
  const viewerWire = await wireTo(system.relay.port);
  if (!runnerWire) throw new Error("the runner has no wire");
  const scene: Scene = { system, runnerWire, viewerWire };

  const people = [system.owner];
  for (let i = 1; i < options.members; i++) people.push(await invitePerson(system.owner, "approver", `Member ${i}`));
  for (const runner of system.runners) {
    const concurrency = Math.min(64, options.atOnce + 2);
    await system.owner.request("PATCH", `/api/runners/${await runner.runnerId()}`, { concurrency });
  }
  const followers = people.map((person) => createFollower(person, `http://127.0.0.1:${viewerWire.port}`));
  const writer = makeWriter(system.temp.path);
  const ticker = await system.start("while :; do echo tick; sleep 0.05; done");
  const jobs = createJobs({ ...options, random: randomOf(options.seed, 1), system, people, followers, writer });
  const counted: Record<string, number> = {};
  const recoveriesMs: number[] = [];
  let kills = 0;
  try {
    const working = jobs.work();
    while (kills < options.kills || jobs.all().length < options.runs) {
      await delay(leastPauseMs + random.below(pauseMs));
      const fault = pickFault(random);
      await fault.happen(scene, random);
      counted[fault.name] = (counted[fault.name] ?? 0) + 1;
      kills += fault.kills;
      const ms = await timeUntilWorkGoesOn(system, ticker);
      recoveriesMs.push(ms);
      options.log?.(
        `${kills} kills, ${jobs.all().length} prompts: ${fault.name}; work went on after ${ms.toFixed(0)} ms`,
      );
    }
    jobs.finish();
    await working;
    await system.end(ticker);
    const verdict = await verify({ system, jobs: jobs.all(), followers, writer });
    const findings = [...verdict.findings, ...(await leftBehind(system))];
    return { ...verdict, findings, kills, faults: counted, runs: jobs.all().length, recoveriesMs };
  } finally {
    jobs.finish();
    for (const follower of followers) follower.stop();
    await system.stop();
    for (const wire of wires) await wire.stop();
  }
}
