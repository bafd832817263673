import assert from "node:assert/strict";
import fc from "fast-check";
import { initialCreditBytes } from "#protocol/caps";
import { decodeFrame, encodeRecordsFrame, type RecordsFrame, type SnapshotFrame } from "#protocol/frame";
import { newId } from "#protocol/ids";
import { encodePayload } from "#protocol/payloads";
import { encodeRecord, type LocatedRecord, recordKinds } from "#protocol/record";
import type { ToViewer, ViewerCommand } from "#protocol/viewer-link";
import { creditStepBytes } from "#sdk/caps";
import { type RunSink, RunStream } from "#sdk/run-stream";

const runId = newId("run");
const text = new TextEncoder();

const outputRecord = (seq: number, payload = text.encode(`<${seq}>`)) =>
  encodeRecord({ seq, ts: seq, kind: recordKinds.output, payload });
const frameOf = (records: readonly Uint8Array[]) => decodeFrame(encodeRecordsFrame(runId, records)) as RecordsFrame;
const frameFrom = (from: number, to: number) =>
  frameOf(Array.from({ length: to - from + 1 }, (_, index) => outputRecord(from + index)));
const snapshotAt = (seq: number): SnapshotFrame => ({
  type: "snapshot",
  runId,
  seq,
  cols: 80,
  rows: 24,
  bytes: text.encode(`[${seq}]`),
});
const watching = (fromSeq: number, headSeq: number, snapshot = false) =>
  ({
    type: "run.watching" as const,
    runId,
    fromSeq,
    headSeq,
    snapshot,
    lease: { leaseEpoch: 0, yours: false },
    watchers: [],
  }) satisfies ToViewer;

/** Shows what came, and fails at once where a record is missing, doubled or out of order. */
class StrictSink implements RunSink {
  shown = 0;
  resets = 0;
  readonly consumers: (() => void)[] = [];

  reset(snapshot?: SnapshotFrame): void {
    this.resets++;
    this.shown = snapshot?.seq ?? 0;
  }

  record(record: LocatedRecord, consumed: () => void): void {
    const from = record.kind === recordKinds.gap ? gapStart(record) : record.seq;
    assert.equal(from <= this.shown + 1 && record.seq > this.shown, true, `record ${record.seq} behind ${this.shown}`);
    this.shown = record.seq;
    this.consumers.push(consumed);
  }
  changed(): void {}
}
const gapStart = (record: LocatedRecord) =>
  (JSON.parse(new TextDecoder().decode(record.payload)) as { fromSeq: number }).fromSeq;

function start(): { stream: RunStream; sink: StrictSink; sent: ViewerCommand[] } {
  const sink = new StrictSink();
  const sent: ViewerCommand[] = [];
  const stream = new RunStream(runId, sink, (command) => {
    sent.push(command);
    return true;
  });
  return { stream, sink, sent };
}

describe("run stream", () => {
  it("goes on behind the last record that was shown", () => {
    const { stream, sink, sent } = start();
    stream.connected();
    stream.watching(watching(1, 3));
    stream.records(frameFrom(1, 3));
    stream.disconnected();
    stream.connected();
    assert.deepEqual(sent.at(-1), { type: "run.watch", runId, afterSeq: 3, creditBytes: initialCreditBytes });
    stream.watching(watching(4, 6));
    stream.records(frameFrom(2, 6));
    assert.equal(sink.shown, 6);
    assert.equal(sink.resets, 1);
  });

  it("asks again for what is missing, and takes a gap for what it stands for", () => {
    const { stream, sink, sent } = start();
    stream.connected();
    stream.watching(watching(1, 9));
    stream.records(frameFrom(1, 2));
    stream.records(frameFrom(5, 6));
    assert.equal(sink.shown, 2);
    assert.deepEqual(sent.at(-1), { type: "run.watch", runId, afterSeq: 2, creditBytes: initialCreditBytes });
    stream.watching(watching(3, 9));
    const gap = { seq: 5, ts: 5, ...encodePayload("gap", { fromSeq: 3, bytes: 100 }) };
    stream.records(frameOf([encodeRecord(gap), outputRecord(6)]));
    assert.equal(sink.shown, 6);
  });

  it("shows everything from the first record on when asked, whatever was on its way", () => {
    const { stream, sink } = start();
    stream.connected();
    stream.watching(watching(6, 9, true));
    stream.snapshot(snapshotAt(5));
    stream.records(frameFrom(6, 7));
    stream.setVisible(true);
    stream.stale();
    stream.loadEverything();
    // The answer to the watch after `stale` comes first and no longer counts.
    stream.watching(watching(8, 9));
    stream.records(frameFrom(8, 9));
    stream.watching(watching(1, 9));
    stream.records(frameFrom(1, 9));
    assert.equal(sink.shown, 9);
    assert.equal(stream.firstSeq, 1);
  });

  it("waits with a stale watch until the page is seen", () => {
    const { stream, sent } = start();
    stream.connected();
    stream.watching(watching(1, 1));
    stream.setVisible(false);
    stream.stale();
    assert.equal(sent.length, 1);
    stream.setVisible(true);
    assert.equal(sent.length, 2);
  });

  it("grants credit for what was consumed, in bytes of output, and not for an earlier watch", () => {
    const { stream, sink, sent } = start();
    stream.connected();
    stream.watching(watching(1, 3));
    const piece = new Uint8Array(creditStepBytes / 2);
    stream.records(frameOf([outputRecord(1, piece), outputRecord(2, piece)]));
    assert.equal(sent.length, 1);
    for (const consumed of sink.consumers.splice(0)) consumed();
    assert.deepEqual(sent.at(-1), { type: "run.credit", runId, bytes: creditStepBytes });
    stream.records(frameOf([outputRecord(3, piece), outputRecord(4, piece)]));
    stream.disconnected();
    stream.connected();
    stream.watching(watching(5, 5));
    const before = sent.length;
    for (const consumed of sink.consumers) consumed();
    assert.equal(sent.length, before);
  });

  it("shows every record once and in order, or a reset, whatever the link does (property)", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 60 }), (steps, length) => {
        const link = new ShakyLink(length);
        for (const next of steps) link.take(next);
        link.settle();
        assert.equal(link.sink.shown, link.head);
      }),
      { numRuns: 400 },
    );
  });
});

type Step =
  | { readonly do: "connect" | "disconnect" | "stale" | "hide" | "show" | "everything" | "leave" }
  | { readonly do: "deliver"; readonly count: number }
  | { readonly do: "grow"; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>(
    { do: "connect" },
    { do: "disconnect" },
    { do: "stale" },
    { do: "hide" },
    { do: "show" },
    { do: "everything" },
    { do: "leave" },
  ),
  fc.record({ do: fc.constant("deliver" as const), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constant("grow" as const), count: fc.integer({ min: 1, max: 5 }) }),
);

/** A relay and a link that loses everything under way: its answers follow the watches that it was sent. */
class ShakyLink {
  readonly sink: StrictSink;
  private readonly stream: RunStream;
  private underWay: { readonly watch: number; readonly act: () => void }[] = [];
  private watchNumber = 0;
  private isUp = false;
  private next: number | undefined;
  private seed = 1;

  constructor(public head: number) {
    this.sink = new StrictSink();
    this.stream = new RunStream(runId, this.sink, (command) => this.onCommand(command));
  }

  take(each: Step): void {
    if (each.do === "connect" && !this.isUp) this.connect();
    if (each.do === "disconnect") this.disconnect();
    if (each.do === "stale" && this.isUp) {
      this.next = undefined;
      this.send(() => this.stream.stale());
    }
    if (each.do === "hide" || each.do === "show") this.stream.setVisible(each.do === "show");
    if (each.do === "everything") this.stream.loadEverything();
    if (each.do === "leave" && this.isUp) {
      this.stream.leave();
      this.stream.connected();
    }
    if (each.do === "grow") this.grow(each.count);
    if (each.do === "deliver") for (let i = 0; i < each.count; i++) this.underWay.shift()?.act();
  }

  private send(act: () => void): void {
    this.underWay.push({ watch: this.watchNumber, act });
  }

  /** The end of every story: a link that stays. */
  settle(): void {
    this.stream.setVisible(true);
    if (!this.isUp) this.connect();
    for (let i = 0; i < 2_000 && this.underWay.length > 0; i++) this.underWay.shift()?.act();
  }

  private connect(): void {
    this.isUp = true;
    this.stream.connected();
  }

  private disconnect(): void {
    this.isUp = false;
    this.underWay = [];
    this.next = undefined;
    this.stream.disconnected();
  }

  private onCommand(command: ViewerCommand): boolean {
    if (!this.isUp) return false;
    if (command.type === "run.unwatch") this.next = undefined;
    if (command.type === "run.watch") this.watch(command.afterSeq);
    return true;
  }

  private watch(afterSeq: number | undefined): void {
    const after = afterSeq ?? 0;
    const useSnapshot = after !== 0 ? this.chance(4) : afterSeq === undefined && this.chance(2);
    const snapshotSeq = useSnapshot ? Math.max(after, Math.floor(this.head / 2)) : 0;
    const from = useSnapshot ? snapshotSeq + 1 : after + 1;
    // A watch that is replaced while it is being opened is never answered.
    const isOpening = this.chance(3);
    this.underWay = this.underWay.filter((each) => !isOpening || each.watch !== this.watchNumber);
    this.watchNumber++;
    const headSeq = this.head;
    this.send(() => this.stream.watching(watching(from, headSeq, useSnapshot)));
    if (useSnapshot) this.send(() => this.stream.snapshot(snapshotAt(snapshotSeq)));
    // An overlap, as from a frame that was cut elsewhere.
    this.next = Math.max(1, from - (this.chance(3) ? 2 : 0));
    this.sendUpTo(this.head);
  }

  private grow(count: number): void {
    this.head += count;
    if (this.next !== undefined) this.sendUpTo(this.head);
  }

  private sendUpTo(last: number): void {
    while (this.next !== undefined && this.next <= last) {
      const from = this.next;
      const to = Math.min(last, from + 3);
      this.send(() => this.stream.records(frameFrom(from, to)));
      this.next = to + 1;
    }
  }

  private chance(oneIn: number): boolean {
    this.seed = (this.seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return this.seed % oneIn === 0;
  }
}
