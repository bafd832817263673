import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { encodeInputFrame } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import { recordKinds } from "#protocol/record";
import { inspect } from "#test/support/inspector";
import { freePort } from "#test/support/ports";
import { type PairedRunner, type RelayTeam, startTeam } from "#test/support/relay-team";
import { type RunnerClient, type ScriptedRun, scriptedRun } from "#test/support/runner-client";
import { until } from "#test/support/until";
import type { RawViewer } from "#test/support/viewer";

const KiB = 1024;

describe("relay: watching a run", () => {
  let team: RelayTeam;
  let inspectorPort = 0;
  let runner: PairedRunner;
  let link: RunnerClient;
  before(async () => {
    inspectorPort = await freePort();
    team = await startTeam({ nodeArgs: [`--inspect=127.0.0.1:${inspectorPort}`] });
    runner = await team.pair();
    link = await runner.connect();
  });
  after(async () => {
    link.close();
    await team[Symbol.asyncDispose]();
  });

  const begin = (): ScriptedRun => {
    const run = scriptedRun(runner.identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.record("status", { status: "running" }));
    return run;
  };
  /** Sends output and waits until it is durable. */
  const write = async (run: ScriptedRun, ...chunks: (string | Uint8Array)[]) => {
    for (const chunk of chunks) link.sendBytes(run.output(chunk));
    await until("acknowledged", async () => {
      const { acks } = await link.next("run.ack");
      return acks.some((ack) => ack.runId === run.id && ack.seq === run.seq) ? true : undefined;
    });
  };
  /** What a viewer sees of a run. */
  const watchWith = async (viewer: RawViewer, runId: RunId, more: { afterSeq?: number; creditBytes?: number } = {}) => {
    const seen = { output: [] as Buffer[], seqs: [] as number[], snapshots: [] as { seq: number; text: string }[] };
    viewer.onRecords((frame) => {
      if (frame.runId !== runId) return;
      for (const record of frame.records) {
        seen.seqs.push(record.seq);
        if (record.kind === recordKinds.output) seen.output.push(Buffer.from(record.payload));
      }
    });
    viewer.onSnapshot((frame) => seen.snapshots.push({ seq: frame.seq, text: Buffer.from(frame.bytes).toString() }));
    viewer.send({ type: "run.watch", runId, creditBytes: 1_000_000, ...more });
    const watching = await viewer.next("run.watching", (message) => message.runId === runId);
    return { ...seen, watching, text: () => Buffer.concat(seen.output).toString() };
  };
  it("asks once for what is missing, however many frames come behind it, and again for the next hole", async () => {
    const run = begin();
    await write(run, "here");
    const holes = [run.output("lost"), run.output("a"), run.output("b"), run.output("c")];
    for (const frame of holes.slice(1)) link.sendBytes(frame);
    assert.equal((await link.next("run.resend")).fromSeq, run.seq - 3);
    for (const frame of holes) link.sendBytes(frame);
    const next = [run.output("lost too"), run.output("d"), run.output("e")];
    for (const frame of next.slice(1)) link.sendBytes(frame);
    assert.equal((await link.next("run.resend")).fromSeq, run.seq - 2, "the second hole, not the first once more");
    for (const frame of next) link.sendBytes(frame);
    await write(run, "end");
    assert.equal(link.waiting("run.resend"), 0);
  });

  const sees = (what: () => boolean, name = "it is seen") => until(name, async () => (what() ? true : undefined));

  it("shows everything once, in order, to those who come early, late and again", async () => {
    const run = begin();
    await write(run, "a", "b");
    const early = await team.owner.viewer();
    const first = await watchWith(early, run.id);
    for (let i = 0; i < 20; i++) link.sendBytes(run.output(`${i};`));
    const late = await team.owner.viewer();
    const second = await watchWith(late, run.id);
    await sees(() => first.seqs.at(-1) === run.seq && second.seqs.at(-1) === run.seq);
    const all = `ab${Array.from({ length: 20 }, (_, i) => `${i};`).join("")}`;
    assert.equal(first.text(), all);
    assert.equal(second.text(), all);
    assert.deepEqual(
      first.seqs,
      Array.from({ length: run.seq }, (_, i) => i + 1),
    );
    const again = await watchWith(await team.owner.viewer(), run.id, { afterSeq: run.seq - 2 });
    await sees(() => again.seqs.length === 2);
    assert.deepEqual(again.seqs, [run.seq - 1, run.seq]);
    assert.equal(again.watching.snapshot, false);
    early.close();
    late.close();
  });

  it("ignores what comes twice and asks for what is missing", async () => {
    const run = begin();
    const one = run.output("one");
    const two = run.output("two");
    const three = run.output("three");
    link.sendBytes(one);
    link.sendBytes(one);
    link.sendBytes(three);
    const { runId, fromSeq } = await link.next("run.resend");
    assert.deepEqual([runId, fromSeq], [run.id, 3]);
    link.sendBytes(two);
    link.sendBytes(three);
    const seen = await watchWith(await team.owner.viewer(), run.id);
    await sees(() => seen.seqs.length === 4);
    assert.equal(seen.text(), "onetwothree");
  });

  it("opens a long run with at most 100 KB: snapshot and tail", async () => {
    const run = begin();
    const block = randomBytes(16 * KiB);
    await write(run, ...Array.from({ length: 64 }, () => block));
    const asked = link.next("snapshot.request").then(({ id }) => {
      link.sendBytes(run.snapshot(run.seq, "the screen"));
      link.send({ type: "reply", re: id });
    });
    const viewer = await team.owner.viewer();
    const bytesBefore = viewer.receivedBytes();
    const seen = await watchWith(viewer, run.id);
    await asked;
    assert.equal(seen.watching.snapshot, true);
    await sees(() => seen.snapshots.length === 1);
    assert.deepEqual(seen.snapshots[0], { seq: run.seq, text: "the screen" });
    await write(run, "after");
    await sees(() => seen.text() === "after");
    assert.ok(viewer.receivedBytes() - bytesBefore < 100 * KiB);

    const reused = await watchWith(await team.owner.viewer(), run.id);
    await sees(() => reused.text() === "after", "the snapshot is used again");
    assert.equal(link.waiting("snapshot.request"), 0);
    viewer.close();
  });

  it("opens it with what there is when the runner does not answer", async () => {
    const run = begin();
    await write(run, randomBytes(16 * KiB));
    link.sendBytes(run.snapshot(run.seq, "older"));
    await write(run, ...Array.from({ length: 20 }, () => randomBytes(16 * KiB)));
    const at = performance.now();
    const seen = await watchWith(await team.owner.viewer(), run.id);
    assert.ok(performance.now() - at < 2_000);
    assert.equal(seen.watching.snapshot, true);
    await sees(() => seen.snapshots[0]?.text === "older" && seen.seqs.at(-1) === run.seq);
  });

  it("sends an ended run from its last snapshot", async () => {
    const run = begin();
    await write(run, ...Array.from({ length: 20 }, () => randomBytes(16 * KiB)));
    link.sendBytes(run.snapshot(run.seq, "the end"));
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 0 }));
    await until("ended", async () => ((await team.run(run.id)).status === "ended" ? true : undefined));
    const viewer = await team.owner.viewer();
    const seen = await watchWith(viewer, run.id);
    await sees(() => seen.snapshots[0]?.text === "the end" && seen.seqs.at(-1) === run.seq);
    assert.deepEqual(seen.seqs, [run.seq]);
    const all = await watchWith(viewer, run.id, { afterSeq: 0 });
    await sees(() => all.seqs.length === run.seq);
  });

  it("sends no more than the credit, and goes on when there is more", async () => {
    const run = begin();
    await write(run, ...Array.from({ length: 64 }, () => randomBytes(8 * KiB)));
    const viewer = await team.owner.viewer();
    const seen = await watchWith(viewer, run.id, { afterSeq: 0, creditBytes: 64 * KiB });
    const bytes = () => seen.output.reduce((sum, part) => sum + part.length, 0);
    await sees(() => bytes() >= 64 * KiB);
    const first = bytes();
    assert.ok(first <= 64 * KiB + 32 * KiB, `${first}`);
    viewer.send({ type: "run.credit", runId: run.id, bytes: 1_000_000 });
    await sees(() => bytes() === 512 * KiB);
    assert.deepEqual(
      seen.seqs,
      Array.from({ length: run.seq }, (_, i) => i + 1),
    );
  });

  it("marks a viewer stale that was live and fell behind", async () => {
    const run = begin();
    const viewer = await team.owner.viewer();
    const seen = await watchWith(viewer, run.id, { creditBytes: 10 * KiB });
    await sees(() => seen.seqs.length === 1);
    const stale = viewer.next("run.stale", ({ runId }) => runId === run.id);
    await write(run, randomBytes(12 * KiB));
    await write(run, "x");
    await stale;
    await write(run, "y");
    const again = await watchWith(viewer, run.id, { afterSeq: run.seq - 2 });
    await sees(() => again.seqs.length >= 2);
    const burst = await watchWith(viewer, run.id, { creditBytes: 10 * KiB, afterSeq: run.seq });
    assert.equal(burst.watching.fromSeq, run.seq + 1);
    const staleAtOnce = viewer.next("run.stale", ({ runId }) => runId === run.id, 1_500);
    await write(run, ...Array.from({ length: 40 }, () => randomBytes(16 * KiB)));
    await staleAtOnce;
  });

  it("holds less than 1 MB for a viewer that reads nothing, and the others see everything", async () => {
    const inspected = await inspect(inspectorPort);
    const run = begin();
    const stalled = await team.owner.viewer();
    await watchWith(stalled, run.id, { creditBytes: 100_000_000 });
    const viewer = await team.owner.viewer();
    const seen = await watchWith(viewer, run.id, { creditBytes: 100_000_000 });
    const flood = async () => {
      await write(run, ...Array.from({ length: 64 }, () => randomBytes(16 * KiB)));
      await sees(() => seen.seqs.at(-1) === run.seq);
    };
    await flood();
    const before = await inspected.liveBytes();
    stalled.socket.pause();
    for (let i = 0; i < 8; i++) await flood();
    const grown = (await inspected.liveBytes()) - before;
    assert.ok(grown < 1_000_000, `${grown} bytes more`);
    assert.deepEqual(
      seen.seqs,
      Array.from({ length: run.seq }, (_, i) => i + 1),
    );
    inspected.close();
    stalled.close();
    viewer.close();
  }).timeout(30_000);

  it("passes the keyboard on: taken, used, lost, given back", async () => {
    const run = begin();
    await write(run, "$ ");
    const ben = await team.invite("approver", "Ben");
    const [ana, other] = await Promise.all([team.owner.viewer(), ben.viewer()]);
    await watchWith(ana, run.id);
    await watchWith(other, run.id);
    const grant = async (leaseEpoch: number) => {
      const { id, connection, by } = await link.next("lease.take");
      link.send({ type: "lease.changed", runId: run.id, leaseEpoch, holder: by, connection });
      link.send({ type: "reply", re: id, result: { leaseEpoch } });
    };
    ana.input(run.id, 0, Buffer.from("x"));
    assert.equal((await ana.next("error")).error.code, "input_lease_needed");
    void grant(1);
    assert.equal(await ana.takeLease(run.id), 1);
    const typed = encodeInputFrame(run.id, 1, Buffer.from("ls\r"));
    ana.input(run.id, 1, Buffer.from("ls\r"));
    assert.deepEqual(Buffer.from(await link.nextBytes()), Buffer.from(typed));
    ana.send({ type: "run.resize", runId: run.id, leaseEpoch: 1, size: { cols: 90, rows: 30 } });
    assert.deepEqual((await link.next("run.resize")).size, { cols: 90, rows: 30 });

    const lost = ana.next("lease.changed", ({ yours }) => !yours);
    void grant(2);
    assert.equal(await other.takeLease(run.id), 2);
    assert.equal((await lost).holder?.name, "Ben");
    ana.input(run.id, 1, Buffer.from("x"));
    assert.equal((await ana.next("error")).error.code, "input_lease_lost");
    const desk = other.next("lease.changed", ({ yours }) => !yours);
    link.send({ type: "lease.changed", runId: run.id, leaseEpoch: 3, holder: { kind: "local", name: "Olga" } });
    assert.equal((await desk).holder?.kind, "local");

    void grant(4);
    await ana.takeLease(run.id);
    ana.close();
    assert.equal((await link.next("lease.release")).leaseEpoch, 4);
    other.close();
  });

  it("tells who watches, the runner too", async () => {
    const run = begin();
    await write(run, "x");
    const viewer = await team.owner.viewer();
    await watchWith(viewer, run.id);
    const told = await until("the runner is told", async () => {
      const message = await link.next("run.watchers");
      return message.runId === run.id ? message : undefined;
    });
    assert.deepEqual(
      told.watchers.map(({ name }) => name),
      ["Olga"],
    );
    viewer.close();
    const empty = await until("nobody is left", async () => {
      const message = await link.next("run.watchers");
      return message.runId === run.id ? message : undefined;
    });
    assert.deepEqual(empty.watchers, []);
  });

  it("takes a gap for what it replaces, and keeps what it has of it", async () => {
    const run = begin();
    link.sendBytes(run.output("kept"));
    run.seq += 5;
    link.sendBytes(run.record("gap", { fromSeq: 2, bytes: 500 }));
    link.sendBytes(run.output("behind"));
    await until("acknowledged", async () => {
      const { acks } = await link.next("run.ack");
      return acks.some((ack) => ack.runId === run.id && ack.seq === run.seq) ? true : undefined;
    });
    const seen = await watchWith(await team.owner.viewer(), run.id);
    await sees(() => seen.seqs.at(-1) === run.seq);
    assert.equal(seen.text(), "keptbehind");
    assert.deepEqual(seen.seqs, [1, 2, 8, 9]);
  });

  it("cancels: one's own run, or as an approver any", async () => {
    const run = begin();
    await write(run, "x");
    const prompter = await team.invite("prompter", "Pia");
    await assert.rejects(prompter.client.call("cancelRun", { params: { id: run.id } }), { code: "role_required" });
    const cancelled = team.owner.client.call("cancelRun", { params: { id: run.id } });
    const { id, by } = await link.next("run.cancel");
    assert.equal(by.name, "Olga");
    link.send({ type: "reply", re: id });
    await cancelled;
    link.sendBytes(run.record("exit", { end: "cancelled", by }));
    const ended = await until("ended", async () => {
      const now = await team.run(run.id);
      return now.status === "ended" ? now : undefined;
    });
    assert.equal(ended.cancelledBy, team.owner.memberId);
    await assert.rejects(team.owner.client.call("cancelRun", { params: { id: run.id } }), { code: "run_ended" });
  });
});
