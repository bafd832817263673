import assert from "node:assert/strict";
import { newId } from "#protocol/ids";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { scriptedRun } from "#test/support/runner-client";
import { until } from "#test/support/until";

describe("relay: one prompt, end to end", () => {
  let team: RelayTeam;
  before(async () => {
    team = await startTeam();
  });
  after(() => team[Symbol.asyncDispose]());

  it("queues, offers, claims, starts, stores, shows and ends", async () => {
    const runner = await team.pair();
    using link = await runner.connect();
    const viewer = await team.owner.viewer();
    const prompt = await team.queue({ runnerId: runner.identity.runnerId });
    assert.equal(prompt.state, "queued");

    const offer = await link.next("prompt.offer");
    assert.equal(offer.prompt.id, prompt.id);
    assert.deepEqual(offer.author, { memberId: team.owner.memberId, name: "Olga" });
    assert.equal(await link.claim(prompt.id, 1), undefined);
    assert.equal((await team.prompt(prompt.id)).state, "claimed");

    const run = scriptedRun(runner.identity.runnerId, {
      promptId: prompt.id,
      attempt: 1,
      memberId: team.owner.memberId,
      threadId: prompt.threadId,
    });
    link.send({ type: "prompt.started", promptId: prompt.id, attempt: 1, runId: run.id });
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.record("status", { status: "running" }));
    link.sendBytes(run.output("hello ", "world"));
    await until("running", async () => ((await team.prompt(prompt.id)).state === "started" ? true : undefined));

    const shown: Buffer[] = [];
    viewer.onRecords((frame) => {
      for (const record of frame.records) if (record.kind === 1) shown.push(Buffer.from(record.payload));
    });
    viewer.send({ type: "run.watch", runId: run.id, creditBytes: 1_000_000 });
    const watching = await viewer.next("run.watching");
    assert.equal(watching.snapshot, false);
    link.sendBytes(run.output("!"));
    await until("all is shown", async () => (Buffer.concat(shown).toString() === "hello world!" ? true : undefined));

    link.sendBytes(run.record("exit", { end: "exited", exitCode: 0, sessionId: "s-1" }));
    await until("acknowledged", async () => {
      const { acks } = await link.next("run.ack");
      return acks.some((ack) => ack.seq === run.seq) ? true : undefined;
    });
    const done = await until("done", async () => {
      const now = await team.prompt(prompt.id);
      return now.state === "done" ? now : undefined;
    });
    assert.equal(done.runId, run.id);
    const ended = await team.run(run.id);
    assert.equal(ended.status, "ended");
    assert.equal(ended.outputBytes, 12);
    assert.equal(ended.exitCode, 0);
    viewer.close();
  });

  it("offers a follow-up once the run has ended, with what is needed to resume", async () => {
    const runner = await team.pair("follow");
    using link = await runner.connect();
    const run = scriptedRun(runner.identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.record("status", { status: "running" }));
    await link.next("run.ack");
    const followUp = await team.queue({ runnerId: runner.identity.runnerId }, { afterRunId: run.id });
    assert.equal(followUp.threadId, run.header.threadId);
    const other = await team.queue({ runnerId: runner.identity.runnerId }, { mode: "interactive" });
    assert.equal((await link.next("prompt.offer")).prompt.id, other.id);
    assert.equal(link.waiting("prompt.offer"), 0);
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 0, sessionId: "s-7" }));
    const offer = await link.next("prompt.offer");
    assert.equal(offer.prompt.id, followUp.id);
    assert.deepEqual(offer.resume, { runId: run.id, sessionId: "s-7" });
  });

  it("is refused for an unknown prompt", async () => {
    const runner = await team.pair("unknown");
    using link = await runner.connect();
    assert.equal(await link.claim(newId("prompt"), 1), "not_found");
  });
});
