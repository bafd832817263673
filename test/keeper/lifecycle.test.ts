import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { newId } from "#protocol/ids";
import { keeperInfo, spawnKeeper, startKeeper } from "#test/support/keeper";
import { connectToKeeper } from "#test/support/keeper-client";
import { exitOf, runHeader, spawnCommand, startTestRun, written } from "#test/support/keeper-runs";
import { isAlive, processGone } from "#test/support/processes";
import { tempFolder } from "#test/support/temp";

describe("keeper: its own life", () => {
  it("is one, of several that start at the same moment", async () => {
    using folder = tempFolder("keeper");
    const children = Array.from({ length: 5 }, () => spawnKeeper(folder.path));
    const ended = children.map((child) => new Promise<number | null>((resolve) => child.once("exit", resolve)));
    const info = await keeperInfo(folder.path);
    const losers = children.filter((child) => child.pid !== info.pid);
    assert.equal(losers.length, 4);
    await Promise.all(losers.map((child) => processGone(child.pid ?? -1)));
    assert.ok(isAlive(info.pid));
    const client = await connectToKeeper(info.socket, info.token, "test");
    client.close();
    process.kill(info.pid, "SIGTERM");
    const codes = await Promise.all(ended);
    assert.deepEqual(codes, [0, 0, 0, 0, 0]);
  });

  it("is followed by another at once when it was killed", async () => {
    const first = await startKeeper();
    await first.crash();
    const second = await first.startAgain();
    assert.notEqual(second.pid, first.pid);
    assert.notEqual(second.info.storeId, first.info.storeId);
    assert.ok(!existsSync(first.info.socket));
    await second.stop();
  });

  it("is the user's alone, and wants its token", async () => {
    await using keeper = await startKeeper();
    const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
    assert.equal(modeOf(keeper.info.socket), "600");
    assert.equal(modeOf(join(keeper.home, "keeper", "test", "keeper.json")), "600");
    for (const name of ["runs", "seen", "keeper"]) assert.equal(modeOf(join(keeper.home, name)), "700");
    await assert.rejects(connectToKeeper(keeper.info.socket, "wrong", "test"), { code: "keeper_token_invalid" });
  });

  it("outlives whoever started it, and a hang-up", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo ready; read line; echo over"]);
    await written(client, runId, "ready");
    client.close();
    process.kill(keeper.pid, "SIGHUP");
    const again = await keeper.connect();
    await again.request({ type: "attach", runId, fromSeq: 1, creditBytes: 100_000 });
    await written(again, runId, "ready");
    assert.ok(isAlive(keeper.pid));
  });

  it("leaves when nobody needs it, and not before", async () => {
    const keeper = await startKeeper(["--idle-exit-ms", "150"]);
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "sleep 0.6"]);
    client.close();
    await client.closed;
    const started = performance.now();
    await processGone(keeper.pid);
    assert.ok(performance.now() - started > 600, "it left while a run was running");
    assert.ok(!existsSync(join(keeper.home, "keeper", "test", "keeper.json")));
    const next = await keeper.startAgain([]);
    const late = await next.connect();
    const { runs } = await late.request({ type: "list" });
    assert.deepEqual([runs[0].header.id, runs[0].exit.end, runs[0].lost], [runId, "exited", undefined]);
    await next.stop();
  });

  it("leaves at once when it is asked to and nothing runs, and starts nothing that comes behind", async () => {
    const keeper = await startKeeper();
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "read line"]);
    assert.deepEqual(await client.request({ type: "leave-if-idle" }), { leaves: false, openRuns: 1 });
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: { kind: "local" } });
    client.type(runId, leaseEpoch, "\n");
    await exitOf(client, runId);
    // The log has the exit a moment before the keeper has put the run away.
    await client.until(() => client.events.some((event) => event.type === "run.changed" && event.run.exit));
    const other = await keeper.connect();
    const start = {
      type: "start" as const,
      header: runHeader({ promptId: newId("prompt"), attempt: 1 }),
      command: spawnCommand(["sh", "-c", "echo once"]),
    };
    const asked = other.request({ type: "leave-if-idle" });
    const late = other.request(start);
    assert.deepEqual(await asked, { leaves: true, openRuns: 0 });
    await assert.rejects(late, { code: "connection_lost" });
    await processGone(keeper.pid);
    const next = await keeper.startAgain();
    assert.equal((await (await next.connect()).request(start)).known, false);
    await next.stop();
  });

  it("ends its runs in order when it is told to go, and says so in their logs", async () => {
    const keeper = await startKeeper();
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo ready; sleep 60"]);
    await written(client, runId, "ready");
    process.kill(keeper.pid, "SIGTERM");
    const exit = await exitOf(client, runId);
    assert.deepEqual([exit.end, exit.by?.kind], ["cancelled", "system"]);
    await processGone(keeper.pid);
    await keeper.stop();
  });

  it("remembers what was started, also when the log is gone and another keeper serves", async () => {
    const keeper = await startKeeper(["--max-store-bytes", "100"]);
    const client = await keeper.connect();
    const promptId = "prm_0190a5b2c3d47e8f90123456789abcde";
    const header = runHeader({ promptId, attempt: 3, visibility: "local" });
    await client.request({ type: "start", header, command: spawnCommand(["sh", "-c", "echo once"]) });
    await client.request({ type: "attach", runId: header.id, fromSeq: 1, creditBytes: 100_000 });
    await exitOf(client, header.id);
    await keeper.crash();
    const next = await keeper.startAgain();
    const again = await next.connect();
    await again.until(() => readdirSync(join(next.home, "runs")).length === 0);
    assert.deepEqual(await again.request({ type: "seen", promptId, attempt: 3 }), { runId: header.id });
    const repeated = again.request({
      type: "start",
      header: runHeader({ promptId, attempt: 3 }),
      command: spawnCommand(["sh", "-c", "echo twice"]),
    });
    await assert.rejects(repeated, { code: "run_ended" });
    await next.stop();
  });

  it("gives a claim up for good where it says that it was never seen", async () => {
    const keeper = await startKeeper();
    const promptId = newId("prompt");
    const start = {
      type: "start" as const,
      header: runHeader({ promptId, attempt: 1 }),
      command: spawnCommand(["sh", "-c", "echo late"]),
    };
    const client = await keeper.connect();
    assert.deepEqual(await client.request({ type: "seen", promptId, attempt: 1 }), {});
    await assert.rejects(client.request(start), { code: "claim_given_up" });
    await keeper.crash();
    const next = await keeper.startAgain();
    const again = await next.connect();
    await assert.rejects(again.request(start), { code: "claim_given_up" });
    const another = { ...start, header: runHeader({ promptId, attempt: 2 }) };
    assert.equal((await again.request(another)).known, false, "the next attempt is another claim");
    await next.stop();
  });

  it("leaves its runs alone when one of a newer version comes, and starts no claim that the other one has", async () => {
    const older = await startKeeper();
    const client = await older.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo ready; read line; echo read $line"]);
    await written(client, runId, "ready");
    const { runs: before } = await client.request({ type: "list" });

    const child = spawnKeeper(older.home, ["--version", "newer"]);
    try {
      const { socket, token } = await keeperInfo(older.home, child.pid, 10_000, "newer");
      const other = await connectToKeeper(socket, token, "test");
      assert.deepEqual((await other.request({ type: "list" })).runs, []);
      assert.deepEqual((await client.request({ type: "list" })).runs, before);

      const promptId = newId("prompt");
      const command = spawnCommand(["sh", "-c", "echo once"]);
      const starts = [client, other].map((one) =>
        one.request({ type: "start", header: runHeader({ promptId, attempt: 1 }), command }),
      );
      const outcomes = (await Promise.allSettled(starts)).map(({ status }) => status).sort();
      assert.deepEqual(outcomes, ["fulfilled", "rejected"], "one of the two starts it");
      const [mine, theirs] = await Promise.all(
        [client, other].map((one) => one.request({ type: "seen", promptId, attempt: 1 })),
      );
      assert.ok(mine.runId);
      assert.deepEqual(mine, theirs);

      const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: { kind: "local" } });
      client.type(runId, leaseEpoch, "still here\n");
      assert.equal((await exitOf(client, runId)).exitCode, 0);
      other.close();
    } finally {
      child.kill("SIGKILL");
      await processGone(child.pid ?? 0);
      await older.stop();
    }
  });
});
