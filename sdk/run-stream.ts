import { initialCreditBytes } from "#protocol/caps";
import type { RecordsFrame, SnapshotFrame } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import { decodePayload } from "#protocol/payloads";
import { type LocatedRecord, recordKinds } from "#protocol/record";
import type { ToViewer, ViewerCommand } from "#protocol/viewer-link";
import { creditStepBytes, maxResyncTries } from "#sdk/caps";

/** `refused` is final: the relay would answer another watch in the same way. */
export type RunStreamPhase = "disconnected" | "watching" | "live" | "stale" | "refused";
type Watching = Extract<ToViewer, { type: "run.watching" }>;

/** Where a run's log is shown. Calls come in the order of the log; every record exactly once. */
export interface RunSink {
  /** What was shown is replaced by the snapshot or, without one, by the records from the first one on. */
  reset(snapshot?: SnapshotFrame): void;
  /** @param consumed to be called when the record is on the screen: it grants credit, in bytes of output, for the next */
  record(record: LocatedRecord, consumed: () => void): void;
  /** The phase, or what is known of the log before the shown part, has changed. */
  changed(): void;
}

/**
 * Follows the log of one run over a link that comes and goes: a state machine without timers or sockets. What was
 * delivered is known by its seq, so overlaps are dropped, holes are asked for again, and a reconnect goes on behind
 * the last record that was shown.
 */
export class RunStream {
  phase: RunStreamPhase = "disconnected";
  /** The last seq that the sink shows, in a snapshot or as a record. */
  shownSeq = 0;
  /** The first seq that the sink shows record by record; what is before stands in the snapshot or nowhere. */
  firstSeq = 1;
  /** The newest seq of the log that was heard of. */
  headSeq = 0;

  private started = false;
  private fromStart = false;
  private visible = true;
  private awaitsSnapshot = false;
  private resyncTries = 0;
  private watchNumber = 0;
  /** What the last watch asked for. */
  private askedAfterSeq: number | undefined;
  private consumedBytes = 0;

  constructor(
    readonly runId: RunId,
    private readonly sink: RunSink,
    private readonly send: (command: ViewerCommand) => boolean,
  ) {}

  /** The link is up. */
  connected(): void {
    this.watch();
  }

  disconnected(): void {
    this.to("disconnected");
  }

  /** The relay refused the watch, and would do so again. */
  refused(): void {
    this.to("refused");
  }

  /** A hidden page asks for nothing that it lost; it does when it is seen again. */
  setVisible(visible: boolean): void {
    this.visible = visible;
    if (visible && this.phase === "stale") this.watch();
  }

  /** Shows the log from its first record on, however long it is. */
  loadEverything(): void {
    this.started = false;
    this.fromStart = true;
    this.shownSeq = 0;
    if (this.phase !== "disconnected") this.watch();
  }

  /** Ends the watch; `connected` begins it again behind what was shown. */
  leave(): void {
    if (this.phase !== "disconnected") this.send({ type: "run.unwatch", runId: this.runId });
    this.to("disconnected");
  }

  watching(message: Watching): void {
    if (!this.answersLastWatch(message)) return;
    this.headSeq = Math.max(this.headSeq, message.headSeq);
    this.consumedBytes = 0;
    this.awaitsSnapshot = message.snapshot;
    const expected = this.shownSeq + 1;
    if (!message.snapshot && !this.started) this.reset(message.fromSeq);
    else if (!message.snapshot && message.fromSeq > expected) this.reset(message.fromSeq);
    this.to("live");
  }

  snapshot(frame: SnapshotFrame): void {
    if (this.phase !== "live" || !this.awaitsSnapshot) return;
    this.awaitsSnapshot = false;
    this.started = true;
    this.shownSeq = frame.seq;
    this.firstSeq = frame.seq + 1;
    this.resyncTries = 0;
    this.headSeq = Math.max(this.headSeq, frame.seq);
    this.sink.reset(frame);
    this.sink.changed();
  }

  records(frame: RecordsFrame): void {
    if (this.phase !== "live" || this.awaitsSnapshot) return;
    const watchNumber = this.watchNumber;
    for (const record of frame.records) {
      const bytes = record.kind === recordKinds.output ? record.payload.length : 0;
      if (!this.take(record, () => this.consumed(watchNumber, bytes))) return;
    }
  }

  stale(): void {
    if (this.phase === "disconnected" || this.phase === "refused") return;
    this.to("stale");
    if (this.visible) this.watch();
  }

  /** @returns false where the rest of the frame is of no use, because the watch was started again */
  private take(record: LocatedRecord, consumed: () => void): boolean {
    if (record.seq <= this.shownSeq) {
      consumed();
      return true;
    }
    if (record.seq > this.shownSeq + 1 && !coversFrom(record, this.shownSeq + 1)) {
      if (this.resyncTries < maxResyncTries) {
        this.resyncTries++;
        this.watch();
        return false;
      }
      this.reset(record.seq);
    }
    this.resyncTries = 0;
    this.shownSeq = record.seq;
    this.headSeq = Math.max(this.headSeq, record.seq);
    this.sink.record(record, consumed);
    return true;
  }

  private reset(fromSeq: number): void {
    this.started = true;
    this.shownSeq = Math.max(0, fromSeq - 1);
    this.firstSeq = Math.max(1, fromSeq);
    this.sink.reset();
    this.sink.changed();
  }

  private watch(): void {
    this.watchNumber++;
    this.awaitsSnapshot = false;
    const afterSeq = this.started ? { afterSeq: this.shownSeq } : this.fromStart ? { afterSeq: 0 } : {};
    const sent = this.send({ type: "run.watch", runId: this.runId, ...afterSeq, creditBytes: initialCreditBytes });
    this.askedAfterSeq = afterSeq.afterSeq;
    this.to(sent ? "watching" : "disconnected");
  }

  /**
   * Whether this can be the answer to the last watch. Where a watch follows another closely, the relay answers both
   * or only the last; one that begins behind what is wanted belongs to an earlier one.
   */
  private answersLastWatch(message: Watching): boolean {
    const asked = this.askedAfterSeq;
    if (asked === undefined || (message.snapshot && asked > 0)) return true;
    return !message.snapshot && message.fromSeq <= asked + 1;
  }

  private consumed(watchNumber: number, bytes: number): void {
    if (watchNumber === this.watchNumber) this.grant(bytes);
  }

  private grant(bytes: number): void {
    this.consumedBytes += bytes;
    if (this.phase !== "live" || this.consumedBytes < creditStepBytes) return;
    this.send({ type: "run.credit", runId: this.runId, bytes: this.consumedBytes });
    this.consumedBytes = 0;
  }

  private to(phase: RunStreamPhase): void {
    if (this.phase === phase) return;
    this.phase = phase;
    this.sink.changed();
  }
}

/** Whether the record is a gap that stands for everything from `seq` on. */
function coversFrom(record: LocatedRecord, seq: number): boolean {
  return record.kind === recordKinds.gap && decodePayload("gap", record.payload).fromSeq <= seq;
}
