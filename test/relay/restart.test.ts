import assert from "node:assert/strict";
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rawRequest } from "#test/support/raw-http";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { scriptedRun } from "#test/support/runner-client";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

describe("relay: killed and started again", () => {
  const temp = tempFolder("relay");
  let team: RelayTeam;
  before(async () => {
    team = await startTeam({ dataFolder: temp.at("data") });
  });
  after(async () => {
    await team[Symbol.asyncDispose]();
    temp.remove();
  });

  it("has every prompt that it acknowledged, once per idempotency key", async () => {
    const runner = await team.pair();
    const target = { runnerId: runner.identity.runnerId };
    const first = await team.queue(target, {}, "key-1");
    assert.equal((await team.queue(target, {}, "key-1")).id, first.id);
    await assert.rejects(team.queue(target, { body: { text: "else" } }, "key-1"), /idempotency_mismatch/);
    const twins = await Promise.all([team.queue(target, {}, "key-2"), team.queue(target, {}, "key-2")]);
    assert.equal(twins[0]?.id, twins[1]?.id);
    await team.restart();
    assert.equal((await team.queue(target, {}, "key-1")).id, first.id);
    await assert.rejects(team.queue(target, { body: { text: "else" } }, "key-1"), /idempotency_mismatch/);

    using link = await runner.connect();
    await link.next("prompt.offer");
    assert.equal(await link.claim(first.id, 1), undefined);
    const viewer = await team.owner.viewer();
    const failed = viewer.next("changed", ({ prompts }) => prompts?.some(({ state }) => state === "failed") ?? false);
    link.send({ type: "prompt.failed", promptId: first.id, attempt: 1, reason: { code: "agent_missing", params: {} } });
    await failed;
    await team.restart();
    const again = await team.queue(target, {}, "key-1");
    assert.equal(again.id, first.id, "also when the prompt has ended and the relay was killed");
    assert.equal(again.state, "failed");
    const { prompts } = await team.owner.client.call("listPrompts");
    assert.deepEqual(
      prompts.map(({ id }) => id),
      [twins[0]?.id],
    );
    await team.owner.client.call("cancelPrompt", { params: { id: twins[0]?.id ?? "" } });
  });

  it("keeps a claim with its runner, and queues again only what the keeper has never seen", async () => {
    const [holder, other] = [await team.pair("holder", ["any"]), await team.pair("other", ["any"])];
    using link = await holder.connect();
    const prompt = await team.queue({ label: "any" });
    await link.next("prompt.offer");
    assert.equal(await link.claim(prompt.id, 1), undefined);
    await team.restart();
    using second = await other.connect();
    assert.equal(await second.claim(prompt.id, 1), "prompt_state_refused");
    using back = await holder.connect();
    assert.deepEqual(back.welcome.claims, [{ promptId: prompt.id, attempt: 1 }]);
    assert.equal(await back.claim(prompt.id, 1), undefined, "the reply may have been lost");
    assert.equal(second.waiting("prompt.offer"), 0);
    back.send({ type: "prompt.never-seen", promptId: prompt.id, attempt: 1 });
    const offer = await Promise.any([back.next("prompt.offer"), second.next("prompt.offer")]);
    assert.equal(offer.prompt.attempt, 2);
    assert.equal(await back.claim(prompt.id, 1), "not_found", "the old attempt no longer counts");
    await team.owner.client.call("cancelPrompt", { params: { id: prompt.id } });
  });

  it("goes on with a run where its log ends, and its document is made from the log", async () => {
    const runner = await team.pair("runs");
    const run = scriptedRun(runner.identity.runnerId);
    const hello = () => ({
      runs: [{ runId: run.id, storeId: run.header.storeId, headSeq: run.seq, ended: false }],
    });
    {
      using link = await runner.connect();
      link.send({ type: "run.begin", header: run.header });
      link.sendBytes(run.record("status", { status: "running" }));
      link.sendBytes(run.output("before the kill, "));
      await until("acknowledged", async () => {
        const { acks } = await link.next("run.ack");
        return acks.some((ack) => ack.seq === run.seq) ? true : undefined;
      });
    }
    await team.restart();
    const after = await team.run(run.id);
    assert.equal(after.status, "running");
    assert.equal(after.headSeq, 2);
    assert.equal(after.outputBytes, 17);
    using link = await runner.connect(hello());
    assert.deepEqual(link.welcome.runs, [{ runId: run.id, durableSeq: 2 }]);
    link.sendBytes(run.output("after it"));
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 3 }));
    const ended = await until("ended", async () => {
      const now = await team.run(run.id);
      return now.status === "ended" ? now : undefined;
    });
    assert.equal(ended.exitCode, 3);
    await team.restart("stop");
    const log = await rawRequest(team.relay.url, "GET", `/api/runs/${run.id}/log`, { token: team.owner.token });
    assert.equal(log.text, "before the kill, after it");
    assert.equal((await team.run(run.id)).exitCode, 3);
  });

  it("takes from the runner what a restored or damaged relay lacks, and shows the damage", async () => {
    const runner = await team.pair("damaged");
    const run = scriptedRun(runner.identity.runnerId);
    const frames = [
      run.record("status", { status: "running" }),
      run.output("one,"),
      run.output("two,"),
      run.output("three"),
    ];
    {
      using link = await runner.connect();
      link.send({ type: "run.begin", header: run.header });
      for (const frame of frames) link.sendBytes(frame);
      await until("acknowledged", async () => {
        const { acks } = await link.next("run.ack");
        return acks.some((ack) => ack.seq === 4) ? true : undefined;
      });
    }
    await team.relay.kill9();
    const segment = readdirSync(join(team.relay.dataFolder, "logs"), { recursive: true })
      .map(String)
      .find((name) => name.includes(run.id.slice(4)) && /\d/.test(name) && /\.[a-z]+$/.test(name));
    appendFileSync(join(team.relay.dataFolder, "logs", segment ?? ""), "a torn write");
    await team.restart();
    const damaged = await team.run(run.id);
    assert.equal(damaged.damage?.validSeq, 4);
    assert.match(team.relay.log(), /damage|cut/i);
    using link = await runner.connect({
      runs: [{ runId: run.id, storeId: run.header.storeId, headSeq: 4, ended: false }],
    });
    assert.deepEqual(link.welcome.runs, [{ runId: run.id, durableSeq: 4 }]);
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 0 }));
    await until("ended", async () => ((await team.run(run.id)).status === "ended" ? true : undefined));
  });

  it("stops within 3 s with sockets open, and says so to them", async () => {
    const runner = await team.pair("open");
    using link = await runner.connect();
    const viewer = await team.owner.viewer();
    const closed = new Promise((resolve) => viewer.socket.once("close", resolve));
    const at = performance.now();
    const { pid } = team.relay;
    process.kill(pid, "SIGTERM");
    const { code } = await team.relay.exited;
    assert.equal(code, 0);
    assert.ok(performance.now() - at < 3_000);
    assert.equal(await closed, 1012);
    assert.equal(await link.closed, 1012);
    await team.restart("stop");
  });
});
