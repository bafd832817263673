import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "#protocol/ids";
import { failingCalls, needsFailingCalls } from "#test/support/failing-calls";
import { startKeeper, type TestKeeper } from "#test/support/keeper";
import { exitOf, runHeader, spawnCommand, startTestRun, written } from "#test/support/keeper-runs";
import { isAlive } from "#test/support/processes";
import { digestWriter } from "#test/support/programs";
import { until } from "#test/support/until";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The kernel itself answers EIO, by the tracer that stands between. */
describe("keeper: a disk that fails", function () {
  this.timeout(40_000);
  let keeper: TestKeeper;
  before(async function () {
    await needsFailingCalls(this);
  });
  afterEach(async () => {
    await keeper?.stop();
  });
  const ownLog = () => readFileSync(join(keeper.home, "keeper", "test", "keeper.log"), "utf8");
  const logged = (text: string) => until(text, async () => ownLog().includes(text) || undefined);
  const press = async (client: Awaited<ReturnType<TestKeeper["connect"]>>, runId: ReturnType<typeof newId<"run">>) => {
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: { kind: "local" } });
    client.type(runId, leaseEpoch, "\n");
  };

  it("appends nothing twice and leaves nothing out when writes fail for a while", async () => {
    keeper = await startKeeper();
    const client = await keeper.connect();
    const digestFile = join(keeper.home, "digest");
    const runId = await startTestRun(client, digestWriter(256 * 1024, digestFile, 2));
    await client.until(() => client.received(runId) > 20_000);
    const failing = await failingCalls(keeper.pid, "pwrite64:error=EIO");
    await logged("a log cannot be written");
    assert.match(ownLog(), /EIO/);
    await failing.stop();
    await exitOf(client, runId, 20_000);
    assert.equal(sha256(client.output(runId)), readFileSync(digestFile, "utf8"));
    keeper = await again();
    const later = await keeper.connect();
    await later.request({ type: "attach", runId, fromSeq: 1, creditBytes: 256 * 1024 });
    await exitOf(later, runId);
    assert.equal(sha256(later.output(runId)), readFileSync(digestFile, "utf8"));
  });

  it("serves, with every run of the keeper before it, though nothing can be noted about them", async () => {
    keeper = await startKeeper();
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo ready; sleep 60"]);
    await written(client, runId, "ready");
    await keeper.crash();
    // With -D the tracer is the child, so that the process is the keeper itself.
    const failing = [
      "strace",
      "-D",
      "-f",
      "-qq",
      "-e",
      "trace=fsync",
      "-e",
      "inject=fsync:error=EIO",
      "-o",
      "/dev/null",
    ];
    keeper = await keeper.startAgain([], failing);
    const { runs } = await (await keeper.connect()).request({ type: "list" });
    assert.deepEqual([runs.length, runs[0].header.id, runs[0].lost], [1, runId, true]);
    await logged("what a log says cannot be noted");
    assert.doesNotMatch(ownLog(), /a run's folder cannot be read/);
  });

  it("starts nothing whose intent does not reach the disk, and takes the same claim later", async () => {
    keeper = await startKeeper();
    const client = await keeper.connect();
    const promptId = newId("prompt");
    const header = runHeader({ promptId, attempt: 1 });
    const command = spawnCommand(["sh", "-c", "echo once"]);
    const failing = await failingCalls(keeper.pid, "fsync:error=EIO");
    await assert.rejects(client.request({ type: "start", header, command }), (error: Error) =>
      /EIO/.test(error.message),
    );
    // That it was never seen is not answered before it is certain.
    const other = newId("prompt");
    await assert.rejects(client.request({ type: "seen", promptId: other, attempt: 1 }));
    await failing.stop();
    assert.equal((await client.request({ type: "start", header, command })).known, false);
    assert.deepEqual(await client.request({ type: "seen", promptId: other, attempt: 1 }), {});
    const late = client.request({ type: "start", header: runHeader({ promptId: other, attempt: 1 }), command });
    await assert.rejects(late, { code: "claim_given_up" });
  });

  it("ends a run in order though nothing can be put on the disk itself, and says so", async () => {
    keeper = await startKeeper();
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo ready; read line; exit 4"]);
    await written(client, runId, "ready");
    const failing = await failingCalls(keeper.pid, "fsync:error=EIO");
    await press(client, runId);
    assert.equal((await exitOf(client, runId)).exitCode, 4);
    await client.until(() => client.events.find((event) => event.type === "run.changed" && event.run.exit));
    await logged("how a run ended cannot be written");
    await failing.stop();
    keeper = await again();
    const { runs } = await (await keeper.connect()).request({ type: "list" });
    assert.deepEqual([runs[0].exit.exitCode, runs[0].lost], [4, undefined]);
  });

  it("goes on where it cannot make room among the logs of before", async () => {
    const caps = ["--segment-bytes", "65536", "--max-store-bytes", "300000"];
    keeper = await startKeeper(caps);
    const first = await keeper.connect();
    const digestFile = join(keeper.home, "digest");
    const before = await startTestRun(first, digestWriter(250_000, join(keeper.home, "digest-before")));
    await exitOf(first, before);
    keeper = await again(caps);
    const client = await keeper.connect();
    const { argv } = { argv: digestWriter(200_000, digestFile) };
    const [, , script = ""] = argv;
    const runId = await startTestRun(client, [
      "node",
      "-e",
      `console.log("ready"); process.stdin.once("data", () => {${script}})`,
    ]);
    await written(client, runId, "ready");
    const failing = await failingCalls(keeper.pid, "fsync:error=EIO");
    await press(client, runId);
    await logged("no room could be made");
    await client.until(() => client.received(runId) > 190_000);
    assert.ok(isAlive(keeper.pid));
    await failing.stop();
    const seqs = client.records.get(runId)?.map(({ seq }) => seq) ?? [];
    assert.deepEqual(
      seqs,
      Array.from(seqs, (_, index) => index + 1),
    );
    // In front of it stand what the program said first, and the key.
    await client.until(() => client.output(runId).length >= "ready\r\n\r\n".length + 200_000);
    const digest = await until("the digest", async () =>
      existsSync(digestFile) ? readFileSync(digestFile, "utf8") || undefined : undefined,
    );
    assert.equal(sha256(client.output(runId).subarray(-200_000)), digest);
  });

  async function again(flags: readonly string[] = []): Promise<TestKeeper> {
    await keeper.crash();
    return keeper.startAgain(flags);
  }
});
