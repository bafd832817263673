import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { percentile } from "#test/bench/statistics";
import { commandOf, isAlive } from "#test/support/processes";
import { processesIn, runEnded, startSystem } from "#test/support/system";
import { storm } from "./storm.ts";

const recoveryLimitMs = 2_000;
/** A machine that is busy with something else may need this long once in a while. */
const worstRecoveryMs = 3 * recoveryLimitMs;
const sweepMs = 15_000;
/** A keeper without work waits this long for the next runner, and a little more. */
const keeperLingersMs = 40_000;

describe("when everything around the agents dies", function () {
  this.timeout(240_000);
  const seed = Number(process.env.BATON_SEED ?? randomInt(2 ** 31));

  it(`nothing is lost, doubled, mixed up or left behind (BATON_SEED=${seed})`, async () => {
    const report = await storm({
      seed,
      runs: 12,
      atOnce: 4,
      kills: 20,
      members: 2,
      bytesPerRun: 300_000,
      msPerRun: 9_000,
    });
    const { recoveriesMs, ...figures } = report;
    const [p50 = 0, p90 = 0, worst = 0] = [0.5, 0.9, 1].map((share) => Math.round(percentile(recoveriesMs, share)));
    console.log(`      ${JSON.stringify({ ...figures, recoveryMs: { p50, p90, worst } })}`);
    assert.deepEqual(report.findings, []);
    assert.ok(report.kills >= 20 && report.runs >= 12 && report.bytes > 1_000_000);
    assert.ok(report.keptUp > 0.8 * report.views, "hardly anybody kept up");
    assert.equal(report.unknownPrompts, 0, "every keeper lived, so every prompt's fate is known");
    assert.ok(p90 <= recoveryLimitMs && worst <= worstRecoveryMs, `work went on after ${p90} ms, ${worst} at worst`);
  });
});

describe("when a process of the machine dies", function () {
  this.timeout(90_000);

  it("the run of an agent that was killed says so", async () => {
    await using system = await startSystem();
    const runId = await system.start("echo $$; exec sleep 500", { mode: "once" });
    const agent = await waitForProcess(system.temp.path, /sleep 500/);
    process.kill(agent, "SIGKILL");
    const run = await runEnded(system.owner, runId);
    assert.equal(run.end, "exited");
    assert.match(run.signal ?? "", /^(SIGKILL|9)$/);
    const prompt = await system.owner.client.call("readPrompt", { params: { id: run.promptId ?? "" } });
    assert.equal(prompt.state, "failed");
  });

  it("nothing below a killed keeper lives on, not even in a session of its own, and its runs are lost", async () => {
    await using system = await startSystem();
    const line =
      "(setsid sleep 601 &) ; (setsid sh -c 'trap \"\" TERM INT HUP; sleep 602; sleep 603' &) ; sleep 604 & exec sleep 605";
    const runs = await Promise.all([system.start(line), system.start(line)]);
    await waitForProcess(system.temp.path, /sleep 602/);
    const [keeper] = system.keepers();
    assert.ok(keeper !== undefined);
    process.kill(keeper, "SIGKILL");
    const left = () => processesIn(system.temp.path).filter((pid) => /sleep 60\d/.test(commandOf(pid) ?? ""));
    for (const until = performance.now() + sweepMs; left().length > 0 && performance.now() < until; ) await delay(50);
    assert.deepEqual(left().map(commandOf), []);
    for (const runId of runs) assert.equal((await runEnded(system.owner, runId)).end, "lost");
  });

  it("the runner alone does not matter to the agent, and the next one goes on with it", async () => {
    await using system = await startSystem();
    const runId = await system.start("i=0; while [ $i -lt 40 ]; do echo line $i; i=$((i+1)); sleep 0.1; done", {
      mode: "once",
    });
    const [runner] = system.runners;
    await runner?.kill();
    await delay(1_500);
    await runner?.start();
    const run = await runEnded(system.owner, runId);
    assert.equal(run.exitCode, 0);
    const url = system.owner.client.url("readLog", { params: { id: runId } });
    const text = await (await fetch(url, { headers: { authorization: `Bearer ${system.owner.token}` } })).text();
    const expected = Array.from({ length: 40 }, (_, i) => `line ${i}\r\n`).join("");
    assert.equal(text, expected);
  });

  it("a product that was stopped leaves no process, when its keeper has waited for the next runner", async () => {
    const system = await startSystem();
    await system.end(await system.start("(setsid sleep 606 &) ; exec sleep 607"));
    assert.deepEqual(await system.stop(keeperLingersMs), []);
  });
});

async function waitForProcess(folder: string, command: RegExp): Promise<number> {
  for (const until = performance.now() + 10_000; performance.now() < until; await delay(25)) {
    const found = processesIn(folder).find((pid) => isAlive(pid) && command.test(commandOf(pid) ?? ""));
    if (found !== undefined) return found;
  }
  throw new Error(`no process like ${command} came`);
}
