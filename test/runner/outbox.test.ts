import assert from "node:assert/strict";
import { encodeRecordsFrame } from "#protocol/frame";
import { newId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { encodeRecord } from "#protocol/record";
import {
  maxEndedRunsInFlight,
  maxEndedRunViews,
  maxSocketBufferedBytes,
  runWindowBytes,
  turnBytes,
} from "#runner/core/caps";
import type { KeeperConnection, KeeperNotice } from "#runner/core/keeper-connection";
import type { LinkSession } from "#runner/core/link-session";
import { createOutbox } from "#runner/core/outbox";
import { settle } from "#test/runner/intake-world";

const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const payloadBytes = 1_000;
const frame = (runId: RunId, seq: number, bytes = payloadBytes) =>
  encodeRecordsFrame(runId, [encodeRecord({ seq, ts: 1, kind: 1, payload: new Uint8Array(bytes) })]);

/** A keeper of which the test sees what it is asked. Requests are answered when the test says so. */
function scriptedKeeper() {
  const asked: { type: string; fields: Record<string, unknown>; answer: (result?: unknown) => void }[] = [];
  const noticed: KeeperNotice[] = [];
  const keeper = {
    request: (type: string, fields: Record<string, unknown>) =>
      new Promise((resolve) => asked.push({ type, fields, answer: resolve })),
    notify: (notice: KeeperNotice) => void noticed.push(notice),
  } as unknown as KeeperConnection;
  const answer = async (type: string, result?: unknown) => {
    const found = asked.findIndex((one) => one.type === type);
    assert.ok(found >= 0, `nobody asked for ${type}`);
    const [request] = asked.splice(found, 1);
    request?.answer(result);
    await settle();
    return request?.fields ?? {};
  };
  return { keeper, asked, noticed, answer };
}

const runOf = (id: RunId, more: Partial<KeeperRun> = {}): KeeperRun =>
  ({
    header: { id },
    status: "running",
    headSeq: 0,
    ackedSeq: 0,
    lease: { leaseEpoch: 0 },
    ...more,
  }) as unknown as KeeperRun;

function world() {
  const sent: Uint8Array[] = [];
  const delivered: RunId[] = [];
  let bufferedBytes = 0;
  const outbox = createOutbox(log, { delivered: (run) => void delivered.push(run.header.id) });
  const session = {
    sendFrame: (bytes: Uint8Array) => {
      sent.push(bytes);
      bufferedBytes += bytes.length;
    },
    get bufferedBytes() {
      return bufferedBytes;
    },
  } as unknown as LinkSession;
  outbox.online(session);
  const drain = () => {
    bufferedBytes = 0;
    outbox.pump();
  };
  return { outbox, session, sent, delivered, drain };
}

describe("runner: outbox", () => {
  it("reads each run from behind what is durable, with one window of credit", async () => {
    const { outbox } = world();
    const { keeper, answer } = scriptedKeeper();
    const id = newId("run");
    outbox.add(runOf(id, { headSeq: 9 }), keeper, 4);
    const fields = await answer("attach", { run: runOf(id, { headSeq: 9 }), fromSeq: 5 });
    assert.deepEqual(fields, { runId: id, fromSeq: 5, creditBytes: runWindowBytes });
  });

  it("gives credit back as bytes become durable, and no earlier", async () => {
    const { outbox } = world();
    const { keeper, answer, noticed } = scriptedKeeper();
    const id = newId("run");
    outbox.add(runOf(id), keeper, 0);
    await answer("attach", { run: runOf(id), fromSeq: 1 });
    for (let seq = 1; seq <= 5; seq++) outbox.frame(keeper, frame(id, seq));
    assert.deepEqual(noticed, []);
    outbox.acked(id, 3);
    assert.deepEqual(noticed, [
      { type: "ack", runId: id, seq: 3 },
      { type: "credit", runId: id, bytes: 3 * payloadBytes },
    ]);
    outbox.acked(id, 3);
    assert.equal(noticed.length, 2, "the same again is no news");
  });

  it("holds bulk output back where it can be overtaken, and passes frames on as they are", async () => {
    const { outbox, sent, drain } = world();
    const { keeper, answer } = scriptedKeeper();
    const [flood, echo] = [newId("run"), newId("run")];
    for (const id of [flood, echo]) {
      outbox.add(runOf(id), keeper, 0);
      await answer("attach", { run: runOf(id), fromSeq: 1 });
    }
    const big = Array.from({ length: 40 }, (_, i) => frame(flood, i + 1, 16 * 1024));
    for (const bytes of big) outbox.frame(keeper, bytes);
    const before = sent.length;
    assert.ok(before * 16 * 1024 <= maxSocketBufferedBytes + 17 * 1024, "the socket holds little");
    const key = frame(echo, 1, 1);
    outbox.frame(keeper, key);
    drain();
    const overtakenBytes = (sent.indexOf(key) - before) * 16 * 1024;
    assert.ok(sent.includes(key) && overtakenBytes <= turnBytes, "the echo of a key waits for one turn at most");
    while (sent.length < big.length + 1) drain();
    assert.deepEqual(
      sent.filter((bytes) => bytes !== key),
      big,
    );
  });

  it("starts a run again from a hole, and counts nothing that was on its way before", async () => {
    const { outbox, sent } = world();
    const { keeper, answer, noticed } = scriptedKeeper();
    const id = newId("run");
    outbox.add(runOf(id), keeper, 0);
    await answer("attach", { run: runOf(id), fromSeq: 1 });
    outbox.frame(keeper, frame(id, 1));
    outbox.resend(id, 1);
    outbox.frame(keeper, frame(id, 2));
    assert.equal(sent.length, 1, "what the keeper still sends of the old reading is dropped");
    await answer("detach");
    const { fromSeq } = await answer("attach", { run: runOf(id), fromSeq: 1 });
    assert.equal(fromSeq, 1);
    outbox.frame(keeper, frame(id, 1));
    outbox.acked(id, 1);
    assert.deepEqual(noticed.at(-1), { type: "credit", runId: id, bytes: payloadBytes });
  });

  it("starts again from the earliest place that was asked for, also while it starts again", async () => {
    const { outbox } = world();
    const { keeper, answer } = scriptedKeeper();
    const id = newId("run");
    outbox.add(runOf(id, { headSeq: 9 }), keeper, 8);
    await answer("attach", { run: runOf(id, { headSeq: 9 }), fromSeq: 9 });
    for (const fromSeq of [7, 3, 5]) outbox.resend(id, fromSeq);
    await answer("detach");
    assert.equal((await answer("attach", { run: runOf(id, { headSeq: 9 }), fromSeq: 3 })).fromSeq, 3);
  });

  it("reads anew after the link was lost, behind the old reading's end", async () => {
    const { outbox, session, sent } = world();
    const { keeper, asked, answer } = scriptedKeeper();
    const id = newId("run");
    outbox.add(runOf(id), keeper, 0);
    await answer("attach", { run: runOf(id), fromSeq: 1 });
    outbox.offline();
    outbox.frame(keeper, frame(id, 1));
    outbox.online(session);
    outbox.add(runOf(id), keeper, 7);
    assert.deepEqual(
      asked.map(({ type }) => type),
      ["detach"],
      "the next reading waits for the end of the last",
    );
    outbox.frame(keeper, frame(id, 2));
    assert.equal(sent.length, 0);
    await answer("detach");
    assert.equal((await answer("attach", { run: runOf(id), fromSeq: 8 })).fromSeq, 8);
  });

  it("says when an ended run is durable to its end, and only then", async () => {
    const { outbox, delivered } = world();
    const { keeper, answer, asked } = scriptedKeeper();
    const id = newId("run");
    outbox.add(runOf(id), keeper, 0);
    await answer("attach", { run: runOf(id), fromSeq: 1 });
    outbox.frame(keeper, frame(id, 1));
    outbox.frame(keeper, frame(id, 2));
    outbox.acked(id, 2);
    assert.deepEqual(delivered, []);
    outbox.changed(runOf(id, { status: "ended", headSeq: 3 }));
    assert.deepEqual(delivered, []);
    outbox.frame(keeper, frame(id, 3));
    outbox.acked(id, 3);
    assert.deepEqual(delivered, [id]);
    assert.equal(asked.at(-1)?.type, "detach");
  });

  it("keeps a few of the runs that it has delivered, for a relay that asks again", async () => {
    const { outbox, delivered } = world();
    const { keeper, asked } = scriptedKeeper();
    const ids = Array.from({ length: maxEndedRunViews + 2 }, () => newId("run"));
    for (const id of ids) outbox.add(runOf(id, { status: "ended", headSeq: 1 }), keeper, 1);
    assert.deepEqual(delivered, ids);
    for (const id of ids) outbox.resend(id, 1);
    assert.deepEqual(
      asked.map(({ fields }) => fields.runId),
      ids.slice(2),
    );
  });

  it("sends ended runs a few at a time, so that a restored relay is not flooded", async () => {
    const { outbox, delivered } = world();
    const { keeper, asked, answer } = scriptedKeeper();
    const ids = Array.from({ length: maxEndedRunsInFlight + 5 }, () => newId("run"));
    for (const id of ids) outbox.add(runOf(id, { status: "ended", headSeq: 1 }), keeper, 0);
    const attached = () => asked.filter(({ type }) => type === "attach").length;
    assert.equal(attached(), maxEndedRunsInFlight);
    const live = newId("run");
    outbox.add(runOf(live), keeper, 0);
    assert.equal(attached(), maxEndedRunsInFlight + 1, "what runs is sent at once");
    const [first = ""] = ids;
    await answer("attach", { run: runOf(first, { status: "ended", headSeq: 1 }), fromSeq: 1 });
    outbox.frame(keeper, frame(first, 1));
    outbox.acked(first, 1);
    await settle();
    assert.deepEqual(delivered, [first]);
    assert.equal(attached(), maxEndedRunsInFlight + 1);
  });
});
