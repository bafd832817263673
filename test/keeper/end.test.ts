import assert from "node:assert/strict";
import { newId } from "#protocol/ids";
import { longestRunMinutes } from "#runner/core/caps";
import { startKeeper, type TestKeeper } from "#test/support/keeper";
import { exitOf, startTestRun, written } from "#test/support/keeper-runs";
import { processesWithEnvironment, processGone } from "#test/support/processes";
import { processTree } from "#test/support/programs";
import { skipBecause } from "#test/support/skip";

const ana = { kind: "member" as const, memberId: newId("member"), name: "Ana" };
const marked = (runId: string) => processesWithEnvironment("BATON_RUN_MARKER", runId);

describe("keeper: the end of a run", () => {
  let keeper: TestKeeper;
  before(async function () {
    if (process.platform !== "linux") skipBecause(this, "what is left running is looked for in /proc");
    keeper = await startKeeper();
  });
  after(() => keeper?.stop());

  it("cancelled: nothing of its tree lives, whatever it ignores and whatever session it is in", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, processTree);
    await written(client, runId, "ready");
    await client.until(() => marked(runId).length >= 8);
    await client.request({ type: "cancel", runId, by: ana });
    const exit = await exitOf(client, runId);
    assert.equal(exit.end, "cancelled");
    assert.equal(exit.by?.name, "Ana");
    assert.deepEqual(marked(runId), []);
  });

  it("cancelled with SIGINT first, where the profile says so", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(
      client,
      ["sh", "-c", "trap 'echo interrupted; exit 3' INT; echo ready; while :; do sleep 0.05; done"],
      {
        command: { cancelSignals: ["SIGINT", "SIGTERM"] },
      },
    );
    await written(client, runId, "ready");
    await client.request({ type: "cancel", runId, by: ana });
    const exit = await exitOf(client, runId);
    assert.deepEqual([exit.end, exit.exitCode], ["cancelled", 3]);
    assert.match(client.output(runId).toString(), /interrupted/);
  });

  it("cancelled: an interactive shell too, with its jobs", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["bash", "--norc", "-i"], {
      command: { cancelSignals: ["SIGINT", "SIGTERM"] },
    });
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: ana });
    client.type(runId, leaseEpoch, "sleep 300 & sleep 301 & trap '' TERM; echo jobs''-on\r");
    await written(client, runId, "jobs-on");
    client.type(runId, leaseEpoch, "exit\r");
    client.type(runId, leaseEpoch, "exit\r");
    const exit = await exitOf(client, runId);
    assert.equal(exit.end, "exited");
    assert.deepEqual(marked(runId), []);
  });

  it("cancelled: an idle shell, which takes no notice of SIGINT and SIGTERM, by hanging up", async () => {
    const client = await keeper.connect();
    for (const argv of [
      ["bash", "--norc", "-i"],
      ["sh", "-c", "bash --norc -i; echo after"],
    ] as const) {
      const runId = await startTestRun(client, argv, { command: { cancelSignals: ["SIGINT", "SIGHUP", "SIGTERM"] } });
      const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: ana });
      client.type(runId, leaseEpoch, "echo i''dle\r");
      await written(client, runId, "idle");
      const asked = performance.now();
      await client.request({ type: "cancel", runId, by: ana });
      const exit = await exitOf(client, runId);
      assert.equal(exit.end, "cancelled");
      assert.ok(performance.now() - asked < 2_500, `${performance.now() - asked} ms`);
      assert.deepEqual(marked(runId), []);
    }
  });

  it("timed out: after its time it is ended like a cancelled one", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sleep", "60"], { command: { maxRunMs: 1_000 } });
    const exit = await exitOf(client, runId);
    assert.equal(exit.end, "timed-out");
    assert.equal(exit.by?.kind, "system");
    assert.deepEqual(marked(runId), []);
  });

  it("goes on where its time is longer than a timer of the platform can be", async () => {
    const client = await keeper.connect();
    const command = { maxRunMs: longestRunMinutes * 60_000 };
    const runId = await startTestRun(client, ["sh", "-c", "sleep 0.3; echo all"], { command });
    assert.equal((await exitOf(client, runId)).end, "exited");
    assert.equal(client.output(runId).toString(), "all\r\n");
  });

  it("killed by itself: the run says by which signal", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "kill -9 $$"]);
    const exit = await exitOf(client, runId);
    assert.deepEqual([exit.end, exit.signal, exit.exitCode], ["exited", "SIGKILL", undefined]);
  });

  it("its first process killed from outside: the rest goes too", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, processTree);
    await written(client, runId, "ready");
    await client.until(() => marked(runId).length >= 8);
    const { runs } = await client.request({ type: "list" });
    const pid = runs.find((run: { header: { id: string } }) => run.header.id === runId).pid;
    process.kill(pid, "SIGKILL");
    const exit = await exitOf(client, runId);
    assert.equal(exit.signal, "SIGKILL");
    assert.deepEqual(marked(runId), []);
  });

  it("a keeper that is killed takes its runs with it within 15 s, and they are lost", async function () {
    this.timeout(30_000);
    const doomed = await startKeeper();
    const client = await doomed.connect();
    const runId = await startTestRun(client, processTree);
    await written(client, runId, "ready");
    await client.until(() => marked(runId).length >= 8);
    const held = client.records.get(runId)?.length ?? 0;
    const died = performance.now();
    await doomed.crash();
    // One of them starts a new one whenever its own ends, so that it is looked again and again.
    for (let left = marked(runId); left.length > 0; left = marked(runId)) {
      const leftMs = 15_000 - (performance.now() - died);
      await Promise.all(left.map((pid) => processGone(pid, leftMs)));
    }
    const next = await doomed.startAgain();
    try {
      const again = await next.connect();
      const { runs } = await again.request({ type: "list" });
      assert.equal(runs.length, 1);
      assert.deepEqual([runs[0].status, runs[0].lost, runs[0].exit], ["ended", true, undefined]);
      await again.request({ type: "attach", runId, fromSeq: 1, creditBytes: 100_000 });
      await again.until(() => (again.records.get(runId)?.length ?? 0) >= held);
      assert.ok(again.records.get(runId)?.length === runs[0].headSeq);
      await again.request({ type: "snapshot", runId });
      assert.match(Buffer.from(again.snapshots.at(-1)?.bytes ?? []).toString(), /ready/);
      await assert.rejects(again.request({ type: "cancel", runId, by: ana }), { code: "run_ended" });
    } finally {
      await next.stop();
    }
  });
});
