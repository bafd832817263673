import assert from "node:assert/strict";
import fc from "fast-check";
import type { Prompt, PromptState } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { decodeFrame, type RecordsFrame } from "#protocol/frame";
import type { RunnerId } from "#protocol/ids";
import { startDomain, type TestDomain } from "#test/support/relay-domain";
import { type ScriptedRun, scriptedRun } from "#test/support/runner-client";

/** Every change of a prompt's state that there may ever be; what is not here is a bug. */
const steps: Record<PromptState, readonly PromptState[]> = {
  queued: ["waiting", "claimed", "cancelled", "declined", "expired"],
  waiting: ["queued", "claimed", "cancelled", "declined", "expired"],
  claimed: ["started", "unknown", "queued", "failed", "declined", "done", "lost", "cancelled"],
  unknown: ["started", "queued", "lost", "failed", "declined", "done", "cancelled"],
  started: ["done", "failed", "lost", "cancelled", "timed-out"],
  done: [],
  failed: [],
  cancelled: [],
  declined: [],
  expired: [],
  "timed-out": [],
  lost: [],
};
const work: readonly PromptState[] = ["claimed", "started", "unknown"];

/** What happened so far, as an onlooker notes it. */
class World {
  readonly prompts: string[] = [];
  readonly runs: { readonly run: ScriptedRun; readonly runnerId: RunnerId; readonly claim: string; ended: boolean }[] =
    [];
  readonly seen = new Map<string, { state: PromptState; attempt: number; claimedBy: string | undefined }>();
  readonly begun = new Map<string, string>();

  constructor(
    readonly test: TestDomain,
    readonly runnerIds: readonly RunnerId[],
  ) {}

  pick<T>(list: readonly T[], index: number): T | undefined {
    return list[index % Math.max(1, list.length)];
  }

  async check(): Promise<void> {
    const { domain } = this.test;
    const all = await Promise.all(this.prompts.map((id) => domain.queue.read(id)));
    for (const prompt of all) {
      const before = this.seen.get(prompt.id);
      const { state, attempt, claimedBy } = prompt;
      if (before && work.includes(before.state) && work.includes(state) && before.attempt === attempt) {
        assert.equal(claimedBy, before.claimedBy, "a claim is sticky");
      }
      if (before && before.state !== state) {
        assert.ok(steps[before.state].includes(state), `${before.state} → ${state}`);
        const isAgain = work.includes(before.state) && state === "queued";
        if (isAgain) assert.ok(attempt > before.attempt, "queued again is another attempt");
      }
      assert.ok(attempt >= (before?.attempt ?? 1));
      assert.equal(work.includes(state), prompt.claimedBy !== undefined && prompt.endedAt === undefined);
      this.seen.set(prompt.id, { state, attempt, claimedBy });
    }
    for (const runnerId of this.runnerIds) {
      const busy = all.filter((p) => p.claimedBy === runnerId && p.mode === "once" && work.includes(p.state));
      assert.ok(busy.length <= domain.runners.need(runnerId).concurrency, "more than the folder's slots");
    }
    const threads = all.filter((p) => p.afterRunId && work.includes(p.state)).map((p) => p.threadId);
    assert.equal(new Set(threads).size, threads.length, "two follow-ups of one thread at once");
  }

  /** Does something that may be refused, but only with a reason. */
  async try(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof BatonError)) throw error;
    }
    await this.test.settled();
  }

  claimOf(index: number, attemptsBack = 0): { prompt: Prompt | undefined; promptId: string; attempt: number } {
    const promptId = this.pick(this.prompts, index) ?? "";
    const prompt = this.test.domain.context.store.documents.get("prompts", promptId);
    return { prompt, promptId, attempt: (prompt?.attempt ?? 1) - attemptsBack };
  }
}

type Act = (world: World) => Promise<unknown>;
const small = fc.nat({ max: 20 });

type NamedAct = fc.Arbitrary<{ readonly name: string; readonly act: Act }>;
const often = (weight: number, arbitrary: NamedAct) => ({ weight, arbitrary });

const acts: { readonly weight: number; readonly arbitrary: NamedAct }[] = [
  often(
    5,
    fc
      .record({ a: small, label: fc.boolean(), once: fc.boolean(), follow: fc.boolean(), key: fc.nat({ max: 6 }) })
      .map(({ a, label, once, follow, key }) => ({
        name: `add(${a}, ${label}, ${once}, ${follow}, ${key})`,
        act: async (world) => {
          const runnerId = world.pick(world.runnerIds, a) ?? "";
          const after = follow ? world.pick(world.runs, a) : undefined;
          const target = after ? { runnerId: after.runnerId } : label ? { label: "any" } : { runnerId };
          const wish = {
            target,
            agent: "echo",
            mode: once ? ("once" as const) : ("interactive" as const),
            access: "edit" as const,
            expiresInMs: 90_000,
            body: { text: "hi" },
            ...(after && { afterRunId: after.run.id }),
          };
          const { prompt } = await world.test.domain.queue.add(
            world.test.owner,
            wish,
            key === 0 ? undefined : `key-${key}`,
          );
          if (!world.prompts.includes(prompt.id)) world.prompts.push(prompt.id);
        },
      })),
  ),
  often(
    8,
    fc.record({ a: small, r: small, back: fc.nat({ max: 3 }).map((n) => (n === 3 ? 1 : 0)) }).map(({ a, r, back }) => ({
      name: `claim(${a}, ${r}, ${back})`,
      act: async (world) => {
        const runnerId = world.pick(world.runnerIds, r) ?? "";
        const { promptId, attempt } = world.claimOf(a, back);
        if (!world.test.isConnected(runnerId) || attempt < 1) return;
        await world.test.domain.dispatch.claim(runnerId, { promptId, attempt });
        const now = await world.test.domain.queue.read(promptId);
        assert.equal(now.claimedBy, runnerId, "a claim that was granted holds");
        grantedClaims += 1;
      },
    })),
  ),
  often(
    4,
    fc.record({ a: small, begins: fc.boolean() }).map(({ a, begins }) => ({
      name: `start(${a}, ${begins})`,
      act: async (world) => {
        const { prompt, promptId, attempt } = world.claimOf(a);
        const runnerId = prompt?.claimedBy;
        if (!prompt || !runnerId || !world.test.isConnected(runnerId) || prompt.state === "started") return;
        const claim = `${promptId} ${attempt}`;
        assert.ok(!world.begun.has(claim), "one attempt is started once");
        const run = scriptedRun(runnerId, { promptId, attempt, threadId: prompt.threadId });
        if (begins) {
          await world.test.domain.runs.begin(runnerId, run.header);
          world.runs.push({ run, runnerId, claim, ended: false });
        }
        await world.test.domain.dispatch.started(runnerId, { promptId, attempt }, run.id);
        world.begun.set(claim, run.id);
      },
    })),
  ),
  often(
    2,
    fc.record({ a: small, code: fc.nat({ max: 1 }) }).map(({ a, code }) => ({
      name: `end(${a}, ${code})`,
      act: async (world) => {
        const open = world.runs.filter((run) => !run.ended && world.test.domain.runs.live(run.run.id));
        const found = world.pick(open, a);
        if (!found) return;
        const bytes = found.run.record("exit", { end: "exited", exitCode: code });
        const intake = world.test.domain.runs.take(found.runnerId, bytes, decodeFrame(bytes) as RecordsFrame);
        if (intake?.is === "taken") await intake.durable;
        found.ended = true;
        await world.test.pass(1_000);
      },
    })),
  ),
  ...(["waiting", "neverSeen"] as const).map((what) =>
    often(
      1,
      fc.record({ a: small, r: small }).map(({ a, r }) => ({
        name: `${what}(${a}, ${r})`,
        act: async (world: World) => {
          const { promptId, attempt } = world.claimOf(a);
          await world.test.domain.dispatch[what](world.pick(world.runnerIds, r) ?? "", { promptId, attempt });
        },
      })),
    ),
  ),
  often(
    1,
    fc.record({ a: small, r: small, fails: fc.boolean() }).map(({ a, r, fails }) => ({
      name: `${fails ? "failed" : "declined"}(${a}, ${r})`,
      act: async (world) => {
        const { promptId, attempt } = world.claimOf(a);
        const runnerId = world.pick(world.runnerIds, r) ?? "";
        await world.test.domain.dispatch[fails ? "failed" : "declined"](
          runnerId,
          { promptId, attempt },
          { code: "x", params: {} },
        );
      },
    })),
  ),
  often(
    3,
    fc.record({ a: small, how: fc.constantFrom("cancel", "restart", "forget", "edit", "move") }).map(({ a, how }) => ({
      name: `${how}(${a})`,
      act: async (world) => {
        const { queue } = world.test.domain;
        const { prompt, promptId } = world.claimOf(a);
        const rev = prompt?.rev ?? 0;
        if (how === "edit") await queue.change(world.test.owner, promptId, { rev, text: "new words" });
        else if (how === "move") await queue.change(world.test.owner, promptId, { rev, before: "last" });
        else await queue[how as "cancel" | "restart" | "forget"](world.test.owner, promptId);
      },
    })),
  ),
  often(
    2,
    fc.record({ r: small, on: fc.boolean() }).map(({ r, on }) => ({
      name: `${on ? "connect" : "disconnect"}(${r})`,
      act: async (world) => world.test[on ? "connect" : "disconnect"](world.pick(world.runnerIds, r) ?? ""),
    })),
  ),
  often(
    1,
    fc
      .constantFrom(1_000, 15_000, 40_000)
      .map((ms) => ({ name: `pass(${ms})`, act: (world: World) => world.test.pass(ms) })),
  ),
  often(
    1,
    fc.constant({
      name: "restart the relay",
      async act(world: World) {
        await world.test.restart();
        for (const runnerId of world.runnerIds) world.test.connect(runnerId);
      },
    }),
  ),
];
let grantedClaims = 0;

const numRuns = Number(process.env.BATON_QUEUE_RUNS ?? 60);

describe("relay: the queue as a state machine", () => {
  it("never runs anything twice, whatever happens in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...acts), { minLength: 20, maxLength: 70 }), async (script) => {
        await using test = await startDomain();
        const runnerIds = [await test.addRunner(), await test.addRunner({ concurrency: 2 })];
        for (const runnerId of runnerIds) test.connect(runnerId);
        const world = new World(test, runnerIds);
        for (const { act } of script) {
          await world.try(() => act(world));
          await world.check();
        }
      }),
      { numRuns },
    );
    assert.ok(grantedClaims > numRuns, `${grantedClaims} claims were granted: too few to say anything`);
  }).timeout(60_000);
});
