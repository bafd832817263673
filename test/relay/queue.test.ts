import assert from "node:assert/strict";
import { promptExpiryMs } from "#protocol/caps";
import type { Member, Prompt } from "#protocol/documents";
import { decodeFrame, type RecordsFrame } from "#protocol/frame";
import { newId, type RunId } from "#protocol/ids";
import { pageOfEndedPrompts } from "#relay/domain/prompt-page";
import type { ParsedPrompt } from "#relay/domain/queue";
import { runDocument } from "#test/relay/store/support/documents";
import { startDomain, type TestDomain } from "#test/support/relay-domain";
import { scriptedRun } from "#test/support/runner-client";

const wish = (target: Prompt["target"], more: Partial<ParsedPrompt> = {}): ParsedPrompt => ({
  target,
  agent: "echo",
  mode: "once",
  access: "edit",
  body: { text: "say hello" },
  ...more,
});

describe("relay: the queue, by the clock", () => {
  let test: TestDomain;
  beforeEach(async () => {
    test = await startDomain();
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const add = async (target: Prompt["target"], more: Partial<ParsedPrompt> = {}) =>
    (await test.domain.queue.add(test.owner, wish(target, more), undefined)).prompt;
  const stateOf = async ({ id }: Prompt) => (await test.domain.queue.read(id)).state;
  const offered = async () => {
    await test.settled();
    return test.sent.splice(0).flatMap(({ message }) => (message.type === "prompt.offer" ? [message.prompt.id] : []));
  };
  const begin = async (runnerId: string, prompt: Prompt) => {
    const { domain } = test;
    await domain.dispatch.claim(runnerId, { promptId: prompt.id, attempt: prompt.attempt });
    const run = scriptedRun(runnerId, { promptId: prompt.id, attempt: prompt.attempt, threadId: prompt.threadId });
    await domain.runs.begin(runnerId, run.header);
    await domain.dispatch.started(runnerId, { promptId: prompt.id, attempt: prompt.attempt }, run.id);
    return {
      run,
      async end(exitCode = 0) {
        const bytes = run.record("exit", { end: "exited", exitCode });
        const intake = domain.runs.take(runnerId, bytes, decodeFrame(bytes) as RecordsFrame);
        assert.equal(intake?.is, "taken");
        if (intake?.is === "taken") await intake.durable;
        await test.pass(1_000);
      },
    };
  };

  it("ends nobody else's server by putting another in its place", async () => {
    const runnerId = await test.addRunner();
    const [ben, cem] = [await test.addMember("Ben", "prompter"), await test.addMember("Cem", "approver")];
    const running = { runnerId, status: "running", agent: "dev-server", memberId: test.owner.id } as const;
    const server = runDocument(test.now, running);
    const agent = runDocument(test.now, { ...running, agent: "claude", memberId: ben.id });
    const elsewhere = runDocument(test.now, { ...running, runnerId: await test.addRunner(), memberId: ben.id });
    const own = runDocument(test.now, { ...running, memberId: ben.id });
    const puts = [server, agent, elsewhere, own].map((put) => ({ collection: "runs" as const, put }));
    await test.domain.context.ledger.commit(puts);
    const replace = (by: Member, replaces: RunId, more: Partial<ParsedPrompt> = {}) => {
      const body = { text: "npm run dev", server: { restarts: false, replaces } };
      const asked = wish({ runnerId }, { agent: "dev-server", mode: "interactive", body, ...more });
      return test.domain.queue.add(by, asked, undefined);
    };
    await assert.rejects(replace(ben, server.id), { code: "role_required" });
    await assert.rejects(replace(ben, agent.id), { code: "request_invalid" });
    await assert.rejects(replace(cem, agent.id), { code: "request_invalid" });
    await assert.rejects(replace(ben, elsewhere.id), { code: "request_invalid" });
    await assert.rejects(replace(ben, own.id, { agent: "claude" }), { code: "request_invalid" });
    await assert.rejects(replace(ben, newId("run")), { code: "not_found" });
    assert.ok(await replace(ben, own.id));
    assert.ok(await replace(cem, server.id));
  });

  it("expires what waits too long, by the relay's own clock", async () => {
    const runnerId = await test.addRunner();
    const usual = await add({ runnerId });
    const short = await add({ runnerId }, { expiresInMs: 60_000 });
    assert.equal(usual.expiresAt, test.now + promptExpiryMs);
    await test.pass(59_000);
    assert.equal(await stateOf(short), "queued");
    await test.pass(2_000);
    assert.equal(await stateOf(short), "expired");
    assert.equal(await stateOf(usual), "queued");
    await test.pass(promptExpiryMs);
    assert.equal(await stateOf(usual), "expired");
  });

  it("never expires a claimed prompt; its runner's silence makes it unknown, and a person decides", async () => {
    const runnerId = await test.addRunner();
    test.connect(runnerId);
    const [again, given] = [
      await add({ runnerId }, { mode: "interactive" }),
      await add({ runnerId }, { mode: "interactive" }),
    ];
    for (const prompt of [again, given])
      await test.domain.dispatch.claim(runnerId, { promptId: prompt.id, attempt: 1 });
    await test.pass(60_000);
    assert.equal(await stateOf(again), "claimed", "as long as the runner is heard");
    test.disconnect(runnerId);
    await test.pass(29_000);
    assert.equal(await stateOf(again), "claimed");
    assert.equal(test.domain.runners.need(runnerId).state, "away");
    await test.pass(3_000);
    assert.equal(await stateOf(again), "unknown");
    await test.pass(promptExpiryMs / 2);
    assert.equal(await stateOf(again), "unknown");
    const restarted = await test.domain.queue.restart(test.owner, again.id);
    assert.deepEqual([restarted.state, restarted.attempt], ["queued", 2]);
    assert.equal((await test.domain.queue.forget(test.owner, given.id)).state, "lost");
    await assert.rejects(test.domain.queue.restart(test.owner, given.id), { code: "prompt_state_refused" });
  });

  it("takes an unknown prompt up again when its runner says that it runs, or has never seen it", async () => {
    const runnerId = await test.addRunner();
    test.connect(runnerId);
    const [runs, lost] = [
      await add({ runnerId }, { mode: "interactive" }),
      await add({ runnerId }, { mode: "interactive" }),
    ];
    for (const prompt of [runs, lost]) await test.domain.dispatch.claim(runnerId, { promptId: prompt.id, attempt: 1 });
    test.disconnect(runnerId);
    await test.pass(40_000);
    assert.equal(await stateOf(runs), "unknown");
    test.connect(runnerId);
    const claims = test.domain.dispatch.openClaims(runnerId).map(({ promptId }) => promptId);
    assert.deepEqual(claims.sort(), [runs.id, lost.id].sort());
    await test.domain.dispatch.started(runnerId, { promptId: runs.id, attempt: 1 }, scriptedRun(runnerId).id);
    await test.domain.dispatch.neverSeen(runnerId, { promptId: lost.id, attempt: 1 });
    assert.equal(await stateOf(runs), "started");
    assert.deepEqual(await offered(), [runs.id, lost.id, lost.id]);
    await test.domain.dispatch.neverSeen(runnerId, { promptId: runs.id, attempt: 1 });
    assert.equal(await stateOf(runs), "started", "what has started is never queued again");
  });

  it("gives a folder one `once` prompt at a time, in order, and interactive ones beside it", async () => {
    const runnerId = await test.addRunner();
    test.connect(runnerId);
    const [first, second, talk] = [
      await add({ runnerId }),
      await add({ runnerId }),
      await add({ runnerId }, { mode: "interactive" }),
    ];
    assert.deepEqual(await offered(), [first.id, talk.id]);
    const { end } = await begin(runnerId, first);
    assert.deepEqual(await offered(), []);
    await assert.rejects(test.domain.dispatch.claim(runnerId, { promptId: second.id, attempt: 1 }), {
      code: "prompt_state_refused",
    });
    await end();
    assert.equal(await stateOf(first), "done");
    assert.deepEqual(await offered(), [second.id]);
    await test.domain.runners.change(runnerId, { concurrency: 3 });
    const third = await add({ runnerId });
    assert.deepEqual(await offered(), [third.id]);
  });

  it("moves, edits and cancels what is queued, and takes back what was offered", async () => {
    const runnerId = await test.addRunner();
    const [a, b, c] = [await add({ runnerId }), await add({ runnerId }), await add({ runnerId })];
    const order = () =>
      test.domain.queue
        .open()
        .sort((x, y) => x.position - y.position)
        .map(({ id }) => id);
    await test.domain.queue.change(test.owner, c.id, { rev: c.rev, before: a.id });
    assert.deepEqual(order(), [c.id, a.id, b.id]);
    await test.domain.queue.change(test.owner, a.id, { rev: a.rev, before: "last" });
    assert.deepEqual(order(), [c.id, b.id, a.id]);
    for (let i = 0; i < 60; i++) {
      const [front, back] = i % 2 === 0 ? [a, b] : [b, a];
      const { rev } = await test.domain.queue.read(back.id);
      await test.domain.queue.change(test.owner, back.id, { rev, before: front.id });
    }
    assert.equal(new Set(test.domain.queue.open().map(({ position }) => position)).size, 3);

    test.connect(runnerId);
    const [head] = await offered();
    const shown = await test.domain.queue.read(head ?? "");
    await assert.rejects(test.domain.queue.change(test.owner, shown.id, { rev: shown.rev - 1, text: "x" }), {
      code: "revision_conflict",
    });
    const edited = await test.domain.queue.change(test.owner, shown.id, { rev: shown.rev, text: "something else" });
    assert.equal(edited.attempt, shown.attempt + 1);
    const types = test.sent.map(({ message }) => message.type);
    assert.ok(types.includes("prompt.withdraw"));
    await assert.rejects(test.domain.dispatch.claim(runnerId, { promptId: shown.id, attempt: shown.attempt }), {
      code: "not_found",
    });
    await test.domain.queue.cancel(test.owner, shown.id);
    assert.equal(await stateOf(shown), "cancelled");
    await assert.rejects(test.domain.queue.cancel(test.owner, shown.id), { code: "prompt_not_queued" });
  });

  it("lets the author change the words, an approver the order, and others nothing", async () => {
    const runnerId = await test.addRunner();
    const prompt = await add({ runnerId });
    const other = await add({ runnerId });
    const [ben, pia] = [await test.addMember("Ben", "approver"), await test.addMember("Pia", "prompter")];
    const { queue } = test.domain;
    await assert.rejects(queue.change(ben, prompt.id, { rev: prompt.rev, text: "mine now" }), { code: "not_yours" });
    const moved = await queue.change(ben, prompt.id, { rev: prompt.rev, before: "last" });
    assert.ok(moved.position > other.position);
    await assert.rejects(queue.cancel(pia, prompt.id), { code: "role_required" });
    await queue.cancel(ben, prompt.id);
  });

  it("offers a label's prompt to one runner, and to the next while the first asks or when it declines", async () => {
    const [one, two] = [await test.addRunner(), await test.addRunner()];
    test.connect(one);
    test.connect(two);
    const prompt = await add({ label: "any" });
    await test.settled();
    const first = test.sent.splice(0).find(({ message }) => message.type === "prompt.offer")?.runnerId ?? "";
    const second = first === one ? two : one;
    await test.domain.dispatch.waiting(first, { promptId: prompt.id, attempt: 1 });
    assert.equal(await stateOf(prompt), "waiting");
    await test.settled();
    assert.equal(test.sent.splice(0)[0]?.runnerId, second);
    await test.domain.dispatch.claim(second, { promptId: prompt.id, attempt: 1 });
    assert.deepEqual(
      test.sent.splice(0).map(({ runnerId, message }) => [runnerId, message.type]),
      [[first, "prompt.withdraw"]],
    );
    await assert.rejects(test.domain.dispatch.claim(first, { promptId: prompt.id, attempt: 1 }), {
      code: "prompt_state_refused",
    });

    const third = await add({ label: "any" });
    await test.settled();
    const asked = test.sent.splice(0).find(({ message }) => message.type === "prompt.offer")?.runnerId ?? "";
    assert.equal(asked, first, "the other one is busy");
    await test.domain.dispatch.declined(first, { promptId: third.id, attempt: 1 }, undefined);
    assert.equal(await stateOf(third), "queued", "another runner may still take it");
    await test.domain.dispatch.declined(second, { promptId: third.id, attempt: 1 }, undefined);
    assert.equal(await stateOf(third), "declined");
  });

  it("continues a thread one run after the other, from its newest", async () => {
    const runnerId = await test.addRunner();
    test.connect(runnerId);
    const first = await add({ runnerId });
    const { run, end } = await begin(runnerId, first);
    const [next, last] = [
      await add({ runnerId }, { afterRunId: run.id, mode: "interactive" }),
      await add({ runnerId }, { afterRunId: run.id, mode: "interactive" }),
    ];
    test.sent.length = 0;
    assert.deepEqual(await offered(), [], "they wait for the run's end");
    await end();
    assert.deepEqual(await offered(), [next.id, last.id]);
    const second = await begin(runnerId, next);
    await assert.rejects(test.domain.dispatch.claim(runnerId, { promptId: last.id, attempt: 1 }), {
      code: "not_found",
    });
    await second.end();
    assert.equal((await test.domain.queue.read(last.id)).afterRunId, second.run.id);
    await assert.rejects(add({ runnerId: await test.addRunner() }, { afterRunId: run.id }), {
      code: "request_invalid",
    });
  });

  it("ends a prompt as its run ends", async () => {
    const runnerId = await test.addRunner();
    test.connect(runnerId);
    const failing = await add({ runnerId });
    const { end } = await begin(runnerId, failing);
    await end(2);
    assert.equal(await stateOf(failing), "failed");
    const vanishing = await add({ runnerId });
    const { run } = await begin(runnerId, vanishing);
    await test.domain.runs.lost(runnerId, run.id);
    assert.equal(await stateOf(vanishing), "lost");
    assert.equal((await test.domain.runs.need(run.id)).end, "lost");
  });

  it("pages what ended without a run, newest first, and finds its words", async () => {
    const runnerId = await test.addRunner({ concurrency: 4 });
    test.connect(runnerId);
    const done = await add({ runnerId });
    await offered();
    await (await begin(runnerId, done)).end();
    const expired = await add({ runnerId }, { expiresInMs: 60_000, body: { text: "Fix the bakery page" } });
    await test.pass(61_000);
    const cancelled = await add({ runnerId });
    await test.domain.queue.cancel(test.owner, cancelled.id);
    const { archive } = test.domain.context.store;
    const page = async (filter: Partial<Parameters<typeof pageOfEndedPrompts>[1]>) => {
      const { prompts, next } = await pageOfEndedPrompts(archive, { state: "never-started", limit: 50, ...filter });
      return [prompts.map(({ id }) => id), next];
    };
    assert.deepEqual(await page({}), [[cancelled.id, expired.id], undefined]);
    assert.deepEqual(await page({ state: "ended" }), [[cancelled.id, expired.id, done.id], undefined]);
    assert.deepEqual(await page({ q: "BAKERY fix" }), [[expired.id], undefined]);
    assert.deepEqual(await page({ limit: 1 }), [[cancelled.id], cancelled.id]);
    assert.deepEqual((await page({ limit: 1, cursor: cancelled.id }))[0], [expired.id]);
  });

  it("shows runs as away with their runner, and never ends them for it", async () => {
    const runnerId = await test.addRunner();
    test.connect(runnerId);
    const { run } = await begin(runnerId, await add({ runnerId }));
    test.disconnect(runnerId);
    await test.pass(25_000);
    const away = await test.domain.runs.need(run.id);
    assert.deepEqual([away.away, away.status], [true, "starting"]);
    await test.pass(3 * promptExpiryMs);
    assert.equal((await test.domain.runs.need(run.id)).status, "starting");
    const { rev } = await test.domain.runs.need(run.id);
    test.connect(runnerId);
    const back = await test.domain.runs.need(run.id);
    assert.equal(back.away, undefined);
    assert.ok(back.rev > rev, "whoever watches takes only newer documents");
  });

  it("tells at once that the link of a runner is down, before the runner counts as away", async () => {
    const runnerId = await test.addRunner();
    const seen = () => {
      const { state, reconnecting, rev } = test.domain.runners.need(runnerId);
      return { state, reconnecting, rev };
    };
    test.connect(runnerId);
    const before = seen();
    assert.deepEqual([before.state, before.reconnecting], ["online", undefined]);
    test.disconnect(runnerId);
    const down = seen();
    assert.deepEqual([down.state, down.reconnecting], ["online", true]);
    assert.ok(down.rev > before.rev);
    await test.pass(25_000);
    assert.deepEqual([seen().state, seen().reconnecting], ["away", undefined]);
    test.connect(runnerId);
    assert.deepEqual([seen().state, seen().reconnecting], ["online", undefined]);
  });
});
