import assert from "node:assert/strict";
import { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { createBuildServers, serverRunId } from "#runner/core/build-servers";
import { buildServerMs } from "#runner/core/caps";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { createRuns } from "#runner/core/runs";
import type { HandStart } from "#runner/core/start-by-hand";
import { scriptedClock, scriptedHost } from "#test/support/scripted-host";
import { until } from "#test/support/until";

describe("the server that a build has asked for", () => {
  /** A runner that knows one build, and starts what it is told to. */
  function runnerWith(build: KeeperRun, clock = scriptedClock()) {
    const world = {
      isTrusted: true,
      isOfRelay: true,
      started: [] as HandStart[],
      refusals: [] as BatonError[],
    };
    const host = scriptedHost({ clock, trusted: () => world.isTrusted });
    const quiet = () => {};
    const runs = createRuns(quiet, quiet);
    runs.put(build, {} as KeeperConnection);
    const servers = createBuildServers({
      ...{ host, runs, sharing: { includes: () => world.isOfRelay } },
      async start(wish) {
        world.started.push(wish);
        const refusal = world.refusals.pop();
        if (refusal) throw refusal;
      },
    });
    return Object.assign(world, { host, reconcile: servers.reconcile });
  }

  it("starts once, in the build's thread and folder, with an id that follows from the build's", () => {
    const build = doneBuild();
    const runner = runnerWith(build);
    runner.reconcile();
    runner.reconcile();
    assert.deepEqual(runner.started, [
      {
        ...{ agent: "dev-server", mode: "interactive", access: "full", text: "npm run dev", name: "Bakery" },
        ...{ folder: "web", threadId: build.header.threadId, visibility: "team", server: { restarts: false } },
        // Nobody has agreed to the line: a program of the build may have written it.
        approved: false,
        runId: serverRunId(build.header.id),
      },
    ]);
    assert.notEqual(serverRunId(build.header.id), build.header.id);
  });

  it("goes to a free port where the usual one is taken", async () => {
    const runner = runnerWith(doneBuild());
    runner.refusals.push(new BatonError("port_taken", { port: 5173, by: "node", free: 5174 }));
    runner.reconcile();
    await until("it was started again", async () => runner.started.length === 2 || undefined);
    assert.deepEqual(
      runner.started.map(({ server }) => server),
      [{ restarts: false }, { restarts: false, port: 5174 }],
    );
  });

  it("waits until the folder is trusted and the runner is not paused", () => {
    const runner = runnerWith(doneBuild());
    runner.isTrusted = false;
    runner.reconcile();
    runner.isTrusted = true;
    runner.host.setPolicy("paused");
    runner.reconcile();
    assert.equal(runner.started.length, 0);
    runner.host.setPolicy("auto");
    runner.reconcile();
    assert.equal(runner.started.length, 1);
  });

  it("does not start out of the blue, a day later", () => {
    const clock = scriptedClock();
    const runner = runnerWith(doneBuild({}, clock.now()), clock);
    clock.jump(buildServerMs + 1);
    runner.reconcile();
    assert.equal(runner.started.length, 0);
  });

  it("is another relay's where the build is", () => {
    const runner = runnerWith(doneBuild());
    runner.isOfRelay = false;
    runner.reconcile();
    assert.equal(runner.started.length, 0);
  });

  const cases: readonly [string, Partial<KeeperRun>][] = [
    ["is still at work", { status: "running" }],
    ["has failed", { exit: { end: "exited", exitCode: 1 } }],
    ["was cancelled", { exit: { end: "cancelled", exitCode: 0 } }],
    ["has left nothing that can be run", { project: { folder: "web", name: "Bakery" } }],
  ];
  for (const [why, change] of cases) {
    it(`does not start where the build ${why}`, () => {
      const { exit, ...build } = doneBuild(change);
      const runner = runnerWith(build.status === "ended" && exit ? { ...build, exit } : build);
      runner.reconcile();
      assert.equal(runner.started.length, 0);
    });
  }
});

/** A build that has ended well, and has asked for its server. */
const doneBuild = (change: Partial<KeeperRun> = {}, createdAt = scriptedClock().now()): KeeperRun => ({
  header: {
    ...{ v: 1, id: newId("run"), runnerId: newId("runner"), threadId: newId("thread") },
    ...{ agent: "claude", mode: "once", access: "edit", visibility: "team", createdAt, storeId: "" },
    build: { name: "Bakery", template: { kind: "built-in", id: "react-vite" }, variables: {}, start: true },
    body: { title: "a bakery", cwd: "/work/web", command: "claude" },
  },
  ...{ status: "ended", exit: { end: "exited", exitCode: 0 } },
  ...{ firstSeq: 1, headSeq: 9, ackedSeq: 9, size: { cols: 80, rows: 24 }, lease: { leaseEpoch: 0 } },
  project: { folder: "web", name: "Bakery", command: "npm run dev" },
  ...change,
});
