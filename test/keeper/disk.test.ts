import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "#protocol/ids";
import { startKeeper } from "#test/support/keeper";
import { exitOf, runHeader, spawnCommand, startTestRun } from "#test/support/keeper-runs";
import { runProcess } from "#test/support/processes";
import { digestWriter } from "#test/support/programs";
import { skipBecause } from "#test/support/skip";

const limited = (blocks: number) => ["sh", "-c", `ulimit -S -f ${blocks}; exec "$@"`, "sh"];
const setLimit = (pid: number, bytes: number | "unlimited") =>
  runProcess(["prlimit", "--pid", String(pid), `--fsize=${bytes}:`]);

describe("keeper: a disk that refuses", () => {
  before(async function () {
    if (process.platform !== "linux") skipBecause(this, "a limit of another process is changed with prlimit");
  });

  it("holds the program up, loses nothing, and goes on when there is room", async () => {
    // A limit of the size of files stands in for a full disk: a write fails in the same place, with another number.
    const keeper = await startKeeper([], limited(600));
    try {
      const client = await keeper.connect();
      const digestFile = join(keeper.home, "digest");
      const runId = await startTestRun(client, digestWriter(1024 * 1024, digestFile));
      const ownLog = join(keeper.home, "keeper", "test", "keeper.log");
      await client.until(() => client.received(runId) > 250_000);
      const other = await keeper.connect();
      while (!readFileSync(ownLog, "utf8").includes("a log cannot be written")) {
        await other.request({ type: "seen", promptId: newId("prompt"), attempt: 1 });
      }
      assert.ok(!existsSync(digestFile), "the program is held up");
      assert.ok(client.received(runId) < 400_000);
      assert.equal((await setLimit(keeper.pid, "unlimited")).code, 0);
      await exitOf(client, runId);
      assert.equal(createHash("sha256").update(client.output(runId)).digest("hex"), readFileSync(digestFile, "utf8"));
    } finally {
      await keeper.stop();
    }
  });

  it("starts nothing whose intent cannot be written, and takes the same claim later", async () => {
    const keeper = await startKeeper();
    try {
      const client = await keeper.connect();
      await setLimit(keeper.pid, 0);
      const header = runHeader({ promptId: newId("prompt"), attempt: 1 });
      const command = spawnCommand(["sh", "-c", "echo once"]);
      await assert.rejects(client.request({ type: "start", header, command }), { code: "spawn_failed" });
      await setLimit(keeper.pid, "unlimited");
      const started = await client.request({ type: "start", header, command });
      assert.equal(started.known, false);
      await client.request({ type: "attach", runId: header.id, fromSeq: 1, creditBytes: 10_000 });
      assert.equal((await exitOf(client, header.id)).exitCode, 0);
    } finally {
      await keeper.stop();
    }
  });
});
