import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newId, type RunId } from "#protocol/ids";
import { startIn, type TestKeeper } from "#test/support/keeper";
import { exitOf, runHeader, spawnCommand, startTestRun, written } from "#test/support/keeper-runs";
import { digestWriter } from "#test/support/programs";
import { type SmallDisk, smallDisk } from "#test/support/small-disk";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("keeper: a disk without room", function () {
  this.timeout(40_000);
  let disk: SmallDisk;
  let keeper: TestKeeper;
  const outside = tempFolder("outside");
  beforeEach(async function () {
    disk = smallDisk(this, 4);
    keeper = await startIn(disk, []);
  });
  afterEach(async () => {
    await keeper?.stop();
  });
  after(() => outside.remove());

  const ownLog = (of: TestKeeper) => readFileSync(join(of.home, "keeper", "test", "keeper.log"), "utf8");
  /** What another keeper finds of a run after this one was killed. */
  const afterACrash = async (runId: RunId) => {
    await keeper.crash();
    keeper = await keeper.startAgain();
    const client = await keeper.connect();
    const { runs } = await client.request({ type: "list" });
    await client.request({ type: "attach", runId, fromSeq: 1, creditBytes: 256 * 1024 });
    await exitOf(client, runId);
    return { client, run: runs.find((one: { header: { id: string } }) => one.header.id === runId) };
  };

  it("holds the program up, says why, loses nothing, and goes on when there is room", async () => {
    const client = await keeper.connect();
    const digestFile = outside.at("digest");
    disk.fill(400_000);
    const runId = await startTestRun(client, digestWriter(1024 * 1024, digestFile));
    await until("the disk is full", async () => ownLog(keeper).includes("a log cannot be written") || undefined);
    assert.match(ownLog(keeper), /ENOSPC/);
    assert.ok(!existsSync(digestFile), "the program is held up");
    disk.free();
    assert.equal((await exitOf(client, runId)).end, "exited");
    assert.equal(sha256(client.output(runId)), readFileSync(digestFile, "utf8"));
    const { client: later, run } = await afterACrash(runId);
    assert.equal(run.damage, undefined);
    assert.equal(sha256(later.output(runId)), readFileSync(digestFile, "utf8"));
  });

  it("keeps how a run ended on a full disk, and tells everybody when it is written", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, [
      "sh",
      "-c",
      "echo ready; read line; head -c 9000 /dev/zero | tr '\\0' x; exit 7",
    ]);
    await written(client, runId, "ready");
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: { kind: "local" } });
    disk.fill();
    client.type(runId, leaseEpoch, "\n");
    await until("the disk is full", async () => ownLog(keeper).includes("a log cannot be written") || undefined);
    const { runs } = await client.request({ type: "list" });
    assert.equal(runs[0].exit, undefined);
    disk.free();
    assert.equal((await exitOf(client, runId)).exitCode, 7);
    await client.until(() => client.events.find((event) => event.type === "run.changed" && event.run.exit));
    const { run } = await afterACrash(runId);
    assert.deepEqual([run.exit.exitCode, run.lost], [7, undefined]);
  });

  it("ends a run whose log has room for it, though nothing else of it can be written", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo ready; read line; exit 3"]);
    await written(client, runId, "ready");
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: { kind: "local" } });
    // What is left of the log's last page is enough for its last records.
    disk.fill();
    client.type(runId, leaseEpoch, "\n");
    assert.equal((await exitOf(client, runId)).exitCode, 3);
    await client.until(() => client.events.find((event) => event.type === "run.changed" && event.run.exit));
    disk.free();
    const { run } = await afterACrash(runId);
    assert.deepEqual([run.exit.exitCode, run.lost], [3, undefined]);
  });

  it("starts nothing whose intent has no room, and takes the same claim later", async () => {
    const client = await keeper.connect();
    const header = runHeader({ promptId: newId("prompt"), attempt: 1 });
    const command = spawnCommand(["sh", "-c", "echo once"]);
    disk.fill();
    const refused = client.request({ type: "start", header, command });
    await assert.rejects(refused, (error: Error) => /ENOSPC/.test(error.message));
    disk.free();
    assert.equal((await client.request({ type: "start", header, command })).known, false);
  });
});
