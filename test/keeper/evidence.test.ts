import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Evidence } from "#protocol/evidence";
import { newId, type RunId } from "#protocol/ids";
import { decodePayload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { startKeeper } from "#test/support/keeper";
import type { KeeperTestClient } from "#test/support/keeper-client";
import { exitOf, startTestRun } from "#test/support/keeper-runs";

const start: Evidence = { v: 1, at: "start", diagnostics: { errors: 3, warnings: 0, files: [] } };
const end: Evidence = { v: 1, at: "end", diagnostics: { errors: 0, warnings: 0, files: [] } };
/** Ends by itself once somebody types a line. */
const waits = ["sh", "-c", "read line"];

describe("keeper: evidence of a run", () => {
  const kindsOf = (client: KeeperTestClient, runId: RunId) => (client.records.get(runId) ?? []).map(({ kind }) => kind);
  const evidenceOf = (client: KeeperTestClient, runId: RunId) =>
    (client.records.get(runId) ?? [])
      .filter(({ kind }) => kind === recordKinds.evidence)
      .map(({ payload }) => decodePayload("evidence", payload));
  const finish = async (client: KeeperTestClient, runId: RunId) => {
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: { kind: "local" } });
    client.type(runId, leaseEpoch, "\n");
  };
  const isEnding = (client: KeeperTestClient, runId: RunId) =>
    client.until(() => client.events.find((event) => event.type === "run.ending" && event.runId === runId));

  it("stands in the log once for each side, the end before exit, also behind a restart", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const runnerId = newId("runner");
    const runId = await startTestRun(client, waits, { header: { runnerId } });
    assert.deepEqual(await client.request({ type: "witness", runId, runnerId }), {});
    assert.deepEqual(await client.request({ type: "note", runId, runnerId, evidence: start }), { written: true });
    assert.deepEqual(await client.request({ type: "note", runId, runnerId, evidence: start }), { written: false });
    // A window that was loaded again learns what the one before it noted.
    assert.deepEqual(await client.request({ type: "witness", runId, runnerId }), { start });
    await finish(client, runId);
    await isEnding(client, runId);
    assert.ok(!kindsOf(client, runId).includes(recordKinds.exit));
    assert.deepEqual(await client.request({ type: "note", runId, runnerId, evidence: end }), { written: true });
    await exitOf(client, runId);
    assert.deepEqual(evidenceOf(client, runId), [start, end]);
    const kinds = kindsOf(client, runId);
    assert.equal(kinds.at(-1), recordKinds.exit);
    assert.ok(kinds.lastIndexOf(recordKinds.evidence) < kinds.indexOf(recordKinds.exit));
    await assert.rejects(client.request({ type: "note", runId, runnerId, evidence: end }), { code: "run_ended" });

    await keeper.crash();
    const again = await keeper.startAgain();
    const reader = await again.connect();
    await reader.request({ type: "attach", runId, fromSeq: 1, creditBytes: 100_000 });
    await exitOf(reader, runId);
    assert.deepEqual(evidenceOf(reader, runId), [start, end]);
    await again.stop();
  });

  it("waits for a witness that is away for a moment, and says how long ago the end was", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const runnerId = newId("runner");
    const runId = await startTestRun(client, waits, { header: { runnerId } });
    const before = await keeper.connect();
    await before.request({ type: "witness", runId, runnerId });
    await before.request({ type: "note", runId, runnerId, evidence: start });
    before.close();
    await before.closed;
    await finish(client, runId);
    await delay(1_600);
    assert.ok(!kindsOf(client, runId).includes(recordKinds.exit));
    const after = await keeper.connect();
    assert.deepEqual(await after.request({ type: "witness", runId, runnerId }), { start });
    const ending = await isEnding(after, runId);
    assert.ok(ending.type === "run.ending" && (ending.endedMsAgo ?? 0) >= 1_000, JSON.stringify(ending));
    await after.request({ type: "note", runId, runnerId, evidence: { ...end, lateMs: 1_200 } });
    await exitOf(client, runId);
    assert.deepEqual(evidenceOf(client, runId), [start, { ...end, lateMs: 1_200 }]);
  });

  it("waits no longer than fifteen seconds for one that does not come back", async function () {
    this.timeout(30_000);
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const runnerId = newId("runner");
    const runId = await startTestRun(client, waits, { header: { runnerId } });
    const witness = await keeper.connect();
    await witness.request({ type: "witness", runId, runnerId });
    await finish(client, runId);
    await isEnding(witness, runId);
    const wentAt = performance.now();
    witness.close();
    await exitOf(client, runId, 20_000);
    assert.ok(performance.now() - wentAt < 18_000);
  });

  it("waits for nobody without a witness, nor for one that has nothing to say", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const runnerId = newId("runner");
    const limitMs = 2_000;
    const alone = await startTestRun(client, waits, { header: { runnerId } });
    await finish(client, alone);
    await exitOf(client, alone, limitMs);

    const silent = await startTestRun(client, waits, { header: { runnerId } });
    await client.request({ type: "witness", runId: silent, runnerId });
    await finish(client, silent);
    await isEnding(client, silent);
    assert.deepEqual(await client.request({ type: "note", runId: silent, runnerId }), { written: false });
    await exitOf(client, silent, limitMs);
    assert.deepEqual(evidenceOf(client, silent), []);
  });

  it("waits three seconds at most for a witness that does not answer", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const runnerId = newId("runner");
    const runId = await startTestRun(client, waits, { header: { runnerId } });
    await client.request({ type: "witness", runId, runnerId });
    await finish(client, runId);
    await isEnding(client, runId);
    await exitOf(client, runId, 6_000);
  });

  it("takes nothing from another folder's runner, and nothing above its cap", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const runId = await startTestRun(client, waits);
    const other = newId("runner");
    await assert.rejects(client.request({ type: "note", runId, runnerId: other, evidence: start }), {
      code: "not_found",
    });
    await assert.rejects(client.request({ type: "witness", runId, runnerId: other }), { code: "not_found" });
    const files = Array.from({ length: 100 }, () => ({ path: "x".repeat(400), errors: 1, warnings: 0 }));
    const large: Evidence = { v: 1, at: "start", diagnostics: { errors: 1, warnings: 0, files } };
    const sender = await keeper.connect();
    sender.request({ type: "note", runId, runnerId: other, evidence: large }).catch(() => undefined);
    await sender.closed;
    await client.request({ type: "cancel", runId, by: { kind: "local" } });
    await exitOf(client, runId);
    assert.deepEqual(evidenceOf(client, runId), []);
  });
});
