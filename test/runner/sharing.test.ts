import assert from "node:assert/strict";
import type { PromptId, RunId } from "#protocol/ids";
import { createSharing } from "#runner/core/sharing";
import { makeJoinToken, startRunner, type TestRunner } from "#test/support/runner";
import { scriptedRun } from "#test/support/runner-client";
import { sharingWith } from "#test/support/sharing";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

describe("runner: which relay hears of a run", function () {
  this.timeout(60_000);
  let here: System;
  let there: System;
  before(async () => {
    [here, there] = await Promise.all([startSystem({ runners: 0 }), startSystem({ runners: 0 })]);
  });
  after(() => Promise.all([here.stop(), there.stop()]));

  const start = async (system: System): Promise<TestRunner> =>
    startRunner({
      ...{ home: here.temp.at("home"), folder: here.temp.at("work"), relayUrl: system.relay.url },
      joinToken: await makeJoinToken(system.owner),
    });
  const queue = async (system: System, runner: TestRunner, agent: string, text: string): Promise<RunId> => {
    const { id } = await system.owner.client.call("queuePrompt", {
      body: { target: { runnerId: runner.runnerId }, agent, mode: "once", access: "full", body: { text } },
    });
    return startedAs(system, id);
  };
  const startedAs = (system: System, id: PromptId): Promise<RunId> =>
    until("the prompt has started", async () => {
      const { runId } = await system.owner.client.call("readPrompt", { params: { id } });
      return runId;
    });
  const runsOf = async (system: System): Promise<string[]> =>
    (await system.owner.client.call("listRuns")).runs.map(({ id }) => id);

  it("is the one that it was shared with: a folder that goes to another relay takes none of it along", async () => {
    let runner = await start(here);
    const done = await queue(here, runner, "echo", "for this team alone");
    await runEnded(here.owner, done);
    const open = await queue(here, runner, "line", "while [ ! -e go-on ]; do sleep 0.05; done; echo later");
    await runner.stop();

    runner = await start(there);
    const own = await queue(there, runner, "line", "touch go-on; echo mine");
    await runEnded(there.owner, own);
    assert.deepEqual(await runsOf(there), [own]);
    await assert.rejects(there.owner.client.call("cancelRun", { params: { id: open } }), { code: "not_found" });
    await runner.stop();

    runner = await start(here);
    const ended = await runEnded(here.owner, open);
    assert.equal(ended.exitCode, 0, "what happened meanwhile comes when its relay is back");
    assert.deepEqual((await runsOf(here)).sort(), [done, open].sort());
    const { sharedWith } = ended;
    assert.equal(sharedWith?.url, here.relay.url);
    await runner.stop();
  });

  it("is none, for one that names no relay, but that of a pairing as old as the run", () => {
    const { header } = scriptedRun("run_" as never);
    const named = sharingWith();
    assert.equal(named.includes(header), false);
    assert.equal(sharingWith("https://relay.example.com", true).includes(header), true);
    assert.equal(sharingWith("https://relay.example.com", true).includes({ ...header, visibility: "local" }), false);
    assert.equal(createSharing(undefined).includes(header), false);
    assert.ok(named.relay);
    const shared = { ...header, sharedWith: named.relay };
    assert.equal(named.includes(shared), true);
    assert.equal(sharingWith("https://relay.example.com", true).includes(shared), false);
  });
});
