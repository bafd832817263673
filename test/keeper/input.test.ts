import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "#protocol/ids";
import { decodePayload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { startKeeper, type TestKeeper } from "#test/support/keeper";
import { exitOf, startTestRun, written } from "#test/support/keeper-runs";

const ana = { kind: "member" as const, memberId: newId("member"), name: "Ana" };
const desk = { kind: "local" as const, name: "the desk" };
const readLines = [
  "sh",
  "-c",
  'stty -echo; echo ready; while read -r line; do echo got $(printf %s "$line" | wc -c); done',
];

describe("keeper: input", () => {
  let keeper: TestKeeper;
  before(async () => {
    keeper = await startKeeper();
  });
  after(() => keeper.stop());

  it("needs the lease; a change of hands makes what is typed before it stale", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, readLines);
    await written(client, runId, "ready");
    client.type(runId, 0, "x\r");
    const errors = () => client.events.filter((event) => event.type === "error").map(({ error }) => error.code);
    await client.until(() => errors().length === 1);
    assert.deepEqual(errors(), ["input_lease_needed"]);
    const first = await client.request({ type: "lease.take", runId, by: ana, connection: "con-1" });
    client.type(runId, first.leaseEpoch, "four\r");
    await written(client, runId, "got 4");
    const second = await client.request({ type: "lease.take", runId, by: { ...ana, name: "Ben" } });
    assert.ok(second.leaseEpoch > first.leaseEpoch);
    client.type(runId, first.leaseEpoch, "never\r");
    await client.until(() => errors().length === 2);
    assert.equal(errors()[1], "input_lease_lost");
    client.type(runId, second.leaseEpoch, "123456\r");
    await written(client, runId, "got 6");
    assert.ok(!client.output(runId).includes("got 5"));
    const changes = client.events.flatMap((event) => (event.type === "lease.changed" ? [event.holder?.name] : []));
    assert.deepEqual(changes, ["Ana", "Ben"]);
    await client.request({ type: "signal", runId, signal: "SIGKILL", by: desk });
    await exitOf(client, runId);
  });

  it("is taken back by the desk at once, and not from it while somebody types there", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, readLines);
    await written(client, runId, "ready");
    await client.request({ type: "lease.take", runId, by: ana });
    const local = await client.request({ type: "lease.take", runId, by: desk });
    await client.request({ type: "lease.take", runId, by: ana });
    const again = await client.request({ type: "lease.take", runId, by: desk });
    assert.ok(again.leaseEpoch > local.leaseEpoch);
    client.type(runId, again.leaseEpoch, "abc\r");
    await written(client, runId, "got 3");
    await assert.rejects(client.request({ type: "lease.take", runId, by: ana }), { code: "input_lease_held" });
    client.notify({ type: "lease.release", runId, leaseEpoch: again.leaseEpoch });
    await client.request({ type: "lease.take", runId, by: ana });
    await client.request({ type: "signal", runId, signal: "SIGKILL", by: desk });
    await exitOf(client, runId);
  });

  it("ends the lease of a client that goes away", async () => {
    const [client, other] = [await keeper.connect(), await keeper.connect()];
    const runId = await startTestRun(client, readLines);
    await written(client, runId, "ready");
    await other.request({ type: "lease.take", runId, by: desk });
    other.close();
    await client.until(() => client.events.some((event) => event.type === "lease.changed" && !event.holder));
    await client.request({ type: "signal", runId, signal: "SIGKILL", by: desk });
    await exitOf(client, runId);
  });

  it("is recorded by who and how much, never by what", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, readLines);
    await written(client, runId, "ready");
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: ana });
    client.type(runId, leaseEpoch, "correct horse ");
    client.type(runId, leaseEpoch, "battery staple\r");
    await written(client, runId, "got 28");
    await client.request({ type: "signal", runId, signal: "SIGKILL", by: desk });
    await exitOf(client, runId);
    const inputs = (client.records.get(runId) ?? [])
      .filter(({ kind }) => kind === recordKinds.input)
      .map(({ payload }) => decodePayload("input", payload));
    assert.deepEqual(
      inputs.map(({ by, bytes }) => [by.name, bytes]),
      [["Ana", 29]],
    );
    const folder = join(keeper.home, "runs", runId);
    // The run's document is being replaced at its end, so its next version may be gone before it is read.
    const names = readdirSync(folder).filter((name) => !name.endsWith(".tmp"));
    for (const name of names) assert.ok(!readFileSync(join(folder, name)).includes("battery"), name);
  });

  it("does not hold the keeper up when a program never reads, and says so when too much waits", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "stty raw -echo; echo ready; exec sleep 60"]);
    await written(client, runId, "ready");
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: ana });
    const paste = new Uint8Array(64 * 1024).fill(0x61);
    for (let i = 0; i < 20; i++) client.type(runId, leaseEpoch, paste);
    await client.until(() =>
      client.events.some((event) => event.type === "error" && event.error.code === "input_not_read"),
    );
    const { runs } = await client.request({ type: "list" });
    assert.ok(runs.length > 0);
    await client.request({ type: "signal", runId, signal: "SIGKILL", by: desk });
    await exitOf(client, runId);
  });

  it("resizes for the lease holder and for the desk, and writes it down", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, [
      "sh",
      "-c",
      "trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done",
    ]);
    await written(client, runId, "24 80");
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: ana });
    client.notify({ type: "resize", runId, leaseEpoch: leaseEpoch - 1, size: { cols: 10, rows: 10 }, by: ana });
    await client.until(() => client.events.some((event) => event.type === "error" && event.runId === runId));
    client.notify({ type: "resize", runId, leaseEpoch, size: { cols: 100, rows: 30 }, by: ana });
    await written(client, runId, "30 100");
    client.notify({ type: "resize", runId, size: { cols: 120, rows: 40 }, by: desk });
    await written(client, runId, "40 120");
    const sizes = (client.records.get(runId) ?? [])
      .filter(({ kind }) => kind === recordKinds.resize)
      .map(({ payload }) => decodePayload("resize", payload))
      .map(({ cols, rows, by }) => [cols, rows, by?.kind]);
    assert.deepEqual(sizes, [
      [80, 24, undefined],
      [100, 30, "member"],
      [120, 40, "local"],
    ]);
    await client.request({ type: "signal", runId, signal: "SIGKILL", by: desk });
    await exitOf(client, runId);
  });

  it("clears needs-you, which a bell raises", async () => {
    const client = await keeper.connect();
    const runId = await startTestRun(client, ["sh", "-c", "stty -echo; printf 'ready\\a'; read -r line; exit 0"]);
    const states = () =>
      (client.records.get(runId) ?? [])
        .filter(({ kind }) => kind === recordKinds.status)
        .map(({ payload }) => decodePayload("status", payload).status);
    await client.until(() => states().includes("needs-you"));
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: ana });
    client.type(runId, leaseEpoch, "\r");
    await exitOf(client, runId);
    assert.deepEqual(states(), ["starting", "running", "needs-you", "running", "ended"]);
  });
});
