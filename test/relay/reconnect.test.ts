import assert from "node:assert/strict";
import { newId } from "#protocol/ids";
import { createDispatch } from "#relay/domain/dispatch";
import { startDomain } from "#test/support/relay-domain";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { newRunnerIdentity, scriptedRun } from "#test/support/runner-client";

describe("relay: a runner that comes back", () => {
  let team: RelayTeam;
  before(async () => {
    team = await startTeam();
  });
  after(() => team[Symbol.asyncDispose]());

  it("before its dead link was noticed is offered once more what went down that link, once", async () => {
    const runner = await team.pair();
    using first = await runner.connect();
    const prompt = await team.queue({ runnerId: runner.identity.runnerId });
    await first.next("prompt.offer");
    using second = await runner.connect();
    assert.equal((await second.next("prompt.offer")).prompt.id, prompt.id);
    assert.equal(await second.claim(prompt.id, prompt.attempt), undefined);
    assert.equal(second.waiting("prompt.offer"), 0);
    assert.equal(first.waiting("prompt.offer"), 0);
  });

  it("and paired again is shown with a `rev` that only grows", async () => {
    await using test = await startDomain();
    const { runners, members, context } = test.domain;
    const shown: number[] = [];
    test.domain.feed.subscribe((changes) => shown.push(...(changes.runners ?? []).map(({ rev }) => rev)));
    const id = await test.addRunner();
    for (let i = 0; i < 5; i++) {
      test.connect(id);
      test.disconnect(id);
    }
    const { publicKey, body } = await newRunnerIdentity();
    const device = members.makeDevice(test.owner.id, "runner", "desk", [publicKey]);
    await context.ledger.commit(runners.pair({ id, device, body }));
    const paired = runners.need(id);
    test.connect(id);
    await test.settled();
    assert.equal(paired.state, "away");
    assert.equal(paired.deviceId, device.id);
    assert.equal(runners.need(id).state, "online");
    assert.deepEqual(
      shown,
      [...shown].sort((one, other) => one - other),
    );
  });
});

describe("relay: what fails on the way", () => {
  it("takes an offer back that could not be made, and makes it again", async () => {
    await using test = await startDomain();
    const runnerId = await test.addRunner();
    test.connect(runnerId);
    const { context, runners, members } = test.domain;
    const failures: string[] = [];
    let fails = true;
    const offers: string[] = [];
    const dispatch = createDispatch(context, {
      runners,
      members,
      openRuns: () => [],
      findRun: async () => {
        if (fails) throw new Error("the disk");
        return undefined;
      },
      send: (_runnerId, message) => offers.push(message.type) > 0,
      onError: (error) => failures.push(String(error)),
    });
    const id = newId("prompt");
    await context.store.documents.commit([
      {
        collection: "prompts",
        put: {
          v: 1,
          rev: 0,
          id,
          createdAt: test.now,
          expiresAt: test.now + 60_000,
          memberId: test.owner.id,
          target: { runnerId },
          agent: "echo",
          mode: "once",
          access: "edit",
          threadId: newId("thread"),
          afterRunId: newId("run"),
          body: { text: "say hello" },
          state: "queued",
          attempt: 1,
          position: 1,
        },
      },
    ]);
    dispatch.wake();
    await test.settled();
    assert.deepEqual([failures, offers], [["Error: the disk"], []]);
    fails = false;
    dispatch.wake();
    await test.settled();
    assert.deepEqual(offers, ["prompt.offer"]);
  });

  it("opens the log of an ended run once for all who ask in one turn", async () => {
    await using test = await startDomain();
    const runnerId = await test.addRunner();
    const { runs } = test.domain;
    const run = scriptedRun(runnerId);
    await runs.begin(runnerId, run.header);
    await runs.lost(runnerId, run.id);
    await test.pass(1_000);
    assert.equal(runs.live(run.id), undefined);
    const [one, other] = await Promise.all([runs.openLog(run.id), runs.openLog(run.id)]);
    assert.equal(one, other);
    assert.equal(runs.live(run.id), one);
    runs.letGo(one);
  });
});
