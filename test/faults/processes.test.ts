import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { commandOf, isAlive } from "#test/support/processes";
import { processesIn, runEnded, startSystem } from "#test/support/system";

const sweepMs = 15_000;
/** A keeper without work waits this long for the next runner, and a little more. */
const keeperLingersMs = 40_000;

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
