import assert from "node:assert/strict";
import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { newId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { decodePayload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { startKeeper, type TestKeeper } from "#test/support/keeper";
import { exitOf, runHeader, spawnCommand, startTestRun, written } from "#test/support/keeper-runs";

describe("keeper: a run", () => {
  let keeper: TestKeeper;
  before(async () => {
    keeper = await startKeeper();
  });
  after(() => keeper.stop());

  it("writes its life into the log: status, size, output, exit as the last record", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "echo hello; exit 7"]);
    const exit = await exitOf(client, runId);
    assert.deepEqual({ end: exit.end, exitCode: exit.exitCode }, { end: "exited", exitCode: 7 });
    const records = client.records.get(runId) ?? [];
    assert.deepEqual(
      records.map((record) => record.seq),
      records.map((_, index) => index + 1),
    );
    assert.equal(records.at(-1)?.kind, recordKinds.exit);
    assert.equal(client.output(runId).toString(), "hello\r\n");
    const states = records
      .filter(({ kind }) => kind === recordKinds.status)
      .map(({ payload }) => decodePayload("status", payload).status);
    assert.deepEqual(states, ["starting", "running", "ended"]);
    assert.ok(records.every((record, index) => record.ts >= (records[index - 1]?.ts ?? 0)));
  });

  it("is started once, however often it is asked for", async () => {
    const client = await keeper.connect();
    const header = runHeader({ promptId: "prm_0190a5b2c3d47e8f90123456789abcde", attempt: 1 });
    const command = spawnCommand(["sh", "-c", "echo once"]);
    const [first, second] = await Promise.all([
      client.request({ type: "start", header, command }),
      client.request({ type: "start", header: runHeader({ ...header, id: runHeader().id }), command }),
    ]);
    assert.equal(first.known, false);
    assert.equal(second.known, true);
    assert.equal(second.run.header.id, header.id);
    const { runId } = await client.request({ type: "seen", promptId: header.promptId ?? "", attempt: 1 });
    assert.equal(runId, header.id);
    assert.deepEqual(await client.request({ type: "seen", promptId: header.promptId ?? "", attempt: 2 }), {});
  });

  it("is known when it is asked for again, also where no other run can start", async () => {
    await using full = await startKeeper(["--max-running-runs", "1"]);
    const client = await full.connect();
    const header = runHeader({ promptId: newId("prompt"), attempt: 1 });
    const command = spawnCommand(["sleep", "60"]);
    await client.request({ type: "start", header, command });
    const again = await client.request({ type: "start", header: runHeader({ ...header, id: newId("run") }), command });
    assert.deepEqual([again.known, again.run.header.id], [true, header.id]);
    await assert.rejects(client.request({ type: "start", header: runHeader(), command }), { code: "keeper_busy" });
  });

  it("says why a command cannot be started", async () => {
    const client = await keeper.connect();
    const start = (argv: string[], cwd?: string) =>
      client.request({
        type: "start",
        header: runHeader(),
        command: spawnCommand(argv, cwd === undefined ? {} : { cwd }),
      });
    await assert.rejects(start(["no-such-command-here"]), { code: "spawn_failed" });
    await assert.rejects(start(["sh"], "/no/such/folder"), { code: "spawn_failed" });
  });

  it("says that it could not do something, where the fault is its own", async () => {
    const client = await keeper.connect();
    const header = runHeader({ visibility: "local" });
    await client.request({ type: "start", header, command: spawnCommand(["sleep", "60"]) });
    const inTheWay = join(keeper.home, "runs", header.id, `run.json.${keeper.pid}.tmp`);
    mkdirSync(inTheWay);
    await assert.rejects(client.request({ type: "share", runId: header.id }), { code: "keeper_failed" });
    rmdirSync(inTheWay);
    await client.request({ type: "share", runId: header.id });
    await client.request({ type: "cancel", runId: header.id, by: { kind: "local" } });
  });

  it("lists runs whose prompts do not fit into one message", async () => {
    const client = await keeper.connect();
    const runnerId = newId("runner");
    const body = { title: "long", cwd: "/", command: "echo", prompt: "p".repeat(200_000) };
    for (let i = 0; i < 8; i++) {
      await client.request({ type: "start", header: runHeader({ runnerId, body }), command: spawnCommand(["echo"]) });
    }
    const { runs } = await client.request({ type: "list", runnerId });
    assert.equal(runs.length, 8);
    assert.ok(runs.every((run: KeeperRun) => run.header.body.prompt?.length === 200_000));
  });

  it("gives a prompt of 200 KB on stdin while stdout stays a terminal", async () => {
    const client = await keeper.connect();
    const stdin = `${"a line of the prompt, äöü 🎉\n".repeat(7_000)}`.slice(0, 200_000);
    const script = `
      const { createHash } = require("node:crypto");
      const text = require("node:fs").readFileSync(0);
      console.log([process.stdout.isTTY, !!process.stdin.isTTY, createHash("sha256").update(text).digest("hex")].join(" "));`;
    const runId = await startTestRun(client, ["node", "-e", script], { command: { stdin } });
    const { createHash } = await import("node:crypto");
    await written(client, runId, `true false ${createHash("sha256").update(stdin).digest("hex")}`);
    assert.equal((await exitOf(client, runId)).exitCode, 0);
  });
});
