import type { Run } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";
import { idleTailBytes, maxTailBytes } from "#relay/caps";
import { FrameTail, type SharedFrame } from "#relay/domain/frame-tail";
import { type Distance, LogMarks } from "#relay/domain/log-marks";
import type { Watch } from "#relay/domain/watch";
import type { LogState } from "#relay/store/store";

/** Who may type, as far as the relay knows: the keeper decides, this only remembers. */
export interface Lease {
  readonly leaseEpoch: number;
  readonly holder?: Actor;
  /** The viewer connection that holds it. */
  readonly connection?: string;
}

/** A run whose log is at hand: one that is at work, or an ended one that somebody reads. */
export class LiveRun {
  readonly id: RunId;
  readonly tail = new FrameTail();
  readonly watches = new Set<Watch>();
  /** Called when the log has grown or the document has changed. */
  readonly followers = new Set<() => void>();
  lease: Lease = { leaseEpoch: 0 };
  /** The last record that was received, and shown to those who watch. */
  receivedSeq: number;
  /** The last record that was given to the store. */
  appendedSeq: number;
  /** The newest picture of the terminal: a snapshot frame. */
  snapshot: { readonly seq: number; readonly frame: Uint8Array } | undefined;
  /** Frames that could not be stored; while there is one, nothing else is taken. */
  stalled: { readonly frame: SharedFrame } | undefined;
  /** How often the stored log was cut, because it was found damaged. */
  cuts = 0;
  /** Where the log ended before it was cut; when it is that long again, nothing of it is missing. */
  cutFromSeq = 0;
  /** How often what is shown changed without a write; added to the stored `rev`, so that it only ever grows. */
  bumps = 0;
  /** Whether the document says more than what is written. */
  isDirty = false;
  isWriting = false;
  writtenAt: number;
  private readonly marks: LogMarks;

  /** @param run made from the log up to `log.durableSeq` */
  constructor(
    public run: Run,
    readonly log: LogState,
    private readonly clock: () => number,
  ) {
    this.id = run.id;
    this.receivedSeq = log.headSeq;
    this.appendedSeq = log.headSeq;
    this.durableSeq = log.durableSeq;
    this.marks = new LogMarks(log.headSeq, clock());
    this.writtenAt = clock();
  }
  durableSeq: number;

  get ended(): boolean {
    return this.run.status === "ended";
  }

  /** Bytes of the log; what is on disk when it was opened, and what came since. */
  get bytes(): number {
    return this.log.bytes + this.marks.totalBytes;
  }

  /** How far a reader that has everything up to `seq` is behind; undefined where that is too long ago to know. */
  behind(seq: number): Distance | undefined {
    return seq >= this.receivedSeq ? { bytes: 0, ms: 0 } : this.marks.behind(seq, this.clock());
  }

  /** Takes a frame that goes on behind `receivedSeq`, and shows it to everybody who watches. */
  show(frame: SharedFrame): void {
    this.receivedSeq = frame.lastSeq;
    this.marks.grown(frame.lastSeq, frame.bytes.length, this.clock());
    for (const watch of this.watches) watch.offer(frame);
    this.wakeFollowers();
  }

  /** What is not stored yet stays in any case. */
  trimTail(): void {
    const isWatched = this.watches.size > 0 || this.followers.size > 0;
    this.tail.trim(isWatched ? maxTailBytes : idleTailBytes, this.durableSeq + 1);
  }

  wakeFollowers(): void {
    if (this.followers.size === 0) return;
    const waiting = [...this.followers];
    this.followers.clear();
    for (const wake of waiting) wake();
  }
}
