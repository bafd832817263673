import assert from "node:assert/strict";
import fc from "fast-check";
import { IntakeWorld, settle } from "#test/runner/intake-world";

/** Everything that can happen around the intake, in any order. */
const happening = fc.oneof(
  { weight: 3, arbitrary: fc.constant((world: IntakeWorld) => world.queue("work")) },
  { weight: 8, arbitrary: fc.constant((world: IntakeWorld) => void world.deliverToRunner()) },
  { weight: 8, arbitrary: fc.constant((world: IntakeWorld) => void world.deliverToRelay()) },
  { weight: 6, arbitrary: fc.constant((world: IntakeWorld) => void world.deliverToKeeper(false)) },
  { weight: 1, arbitrary: fc.constant((world: IntakeWorld) => void world.deliverToKeeper(true)) },
  { weight: 2, arbitrary: fc.constant((world: IntakeWorld) => world.linkDown()) },
  { weight: 4, arbitrary: fc.constant((world: IntakeWorld) => world.linkUp()) },
  { weight: 1, arbitrary: fc.constant((world: IntakeWorld) => world.keeperDown()) },
  { weight: 2, arbitrary: fc.constant((world: IntakeWorld) => world.keeperBack()) },
  { weight: 1, arbitrary: fc.constant((world: IntakeWorld) => world.crash()) },
  { weight: 2, arbitrary: fc.constant((world: IntakeWorld) => world.tick()) },
  { weight: 2, arbitrary: fc.boolean().map((isBusy) => (world: IntakeWorld) => world.setBusy(isBusy)) },
  { weight: 1, arbitrary: fc.nat(5).map((index) => (world: IntakeWorld) => world.cancel(index)) },
  { weight: 2, arbitrary: fc.nat(5).map((index) => (world: IntakeWorld) => world.edit(index)) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("auto" as const, "ask" as const, "paused" as const)
      .map((policy) => (world: IntakeWorld) => world.setPolicy(policy)),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(5), fc.constantFrom("run" as const, "edit" as const, "decline" as const)).map(
      ([index, decision]) =>
        (world: IntakeWorld) =>
          world.answer(index, decision),
    ),
  },
);

describe("runner: intake", () => {
  it("starts a prompt at most once, and every prompt that stays queued, whatever happens in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 80 }), async (happenings) => {
        const world = new IntakeWorld();
        world.linkUp();
        for (const happen of happenings) {
          happen(world);
          await settle();
        }
        await world.calm();
        const left = [...world.prompts.values()].filter(({ state }) => state === "queued" || state === "claimed");
        assert.deepEqual(left, [], "every prompt comes to an end");
        assert.deepEqual(world.whilePaused, [], "nothing begins while the local user has paused");
        const started = [...world.prompts.values()].filter(({ state }) => state === "started");
        assert.equal(started.length, world.spawns.length, "the relay knows of every start");
      }),
      { numRuns: Number(process.env.BATON_FUZZ_RUNS ?? 10_000) },
    );
  }).timeout(60_000);

  const cases: { name: string; run: (world: IntakeWorld) => Promise<void>; spawns: string[] }[] = [
    {
      name: "the reply to a claim is lost: it starts once, under whichever attempt",
      async run(world) {
        world.queue("work");
        world.deliverToRunner();
        await settle();
        world.deliverToRelay();
        world.linkDown();
        await settle();
        world.linkUp();
      },
      spawns: ["work"],
    },
    {
      name: "the runner is killed between claim and start: the prompt is queued again, once",
      async run(world) {
        world.queue("work");
        world.deliverToRunner();
        await settle();
        world.deliverToRelay();
        world.crash();
        world.linkUp();
      },
      spawns: ["work"],
    },
    {
      name: "the reply to a claim is lost while it is edited: the new text runs",
      async run(world) {
        world.queue("work");
        world.deliverToRunner();
        await settle();
        world.edit(0);
        world.deliverToRelay();
        world.linkDown();
        await settle();
        world.linkUp();
      },
      spawns: ["work+"],
    },
    {
      name: "it is edited while its claim is refused for now: the new text runs",
      async run(world) {
        world.queue("work");
        world.deliverToRunner();
        await settle();
        world.setBusy(true);
        world.edit(0);
        world.deliverToRelay();
      },
      spawns: ["work+"],
    },
    {
      name: "the keeper is gone before it answers a start",
      async run(world) {
        world.queue("work");
        world.deliverToRunner();
        await settle();
        world.deliverToRelay();
        world.deliverToRunner();
        await settle();
        world.deliverToKeeper(true);
      },
      spawns: ["work"],
    },
    {
      name: "it is edited while it is being claimed: the new text runs",
      async run(world) {
        world.queue("work");
        world.deliverToRunner();
        await settle();
        world.edit(0);
      },
      spawns: ["work+"],
    },
    {
      name: "it is withdrawn while the local user thinks: the question goes away",
      async run(world) {
        world.setPolicy("ask");
        world.queue("work");
        world.deliverToRunner();
        await settle();
        world.cancel(0);
        world.deliverToRunner();
        await settle();
        world.answer(0, "run");
      },
      spawns: [],
    },
  ];
  it("claims and starts nothing that the local user says yes to, or that was claimed, once they have paused", async () => {
    const asked = new IntakeWorld();
    asked.linkUp();
    asked.setPolicy("ask");
    asked.queue("asked");
    asked.deliverToRunner();
    await settle();
    asked.setPolicy("paused");
    asked.answer(0, "run");
    for (let turn = 0; turn < 4; turn++) await settle();
    assert.deepEqual(asked.whilePaused, []);

    const waiting = new IntakeWorld();
    waiting.linkUp();
    waiting.queue("waiting for its keeper");
    waiting.deliverToRunner();
    await settle();
    waiting.keeperDown();
    waiting.deliverToRelay();
    waiting.deliverToRunner();
    await settle();
    waiting.setPolicy("paused");
    waiting.keeperBack();
    for (let turn = 0; turn < 4; turn++) await settle();
    assert.deepEqual(waiting.whilePaused, []);
  });

  for (const { name, run, spawns } of cases) {
    it(name, async () => {
      const world = new IntakeWorld();
      world.linkUp();
      await run(world);
      await world.calm();
      assert.deepEqual(
        world.spawns.map(({ text }) => text),
        spawns,
      );
    });
  }
});
