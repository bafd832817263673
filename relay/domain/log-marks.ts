import { markBytes, markMs, maxMarkedBytes } from "#relay/caps";

/** A place in a run's log: everything up to `seq` is `bytes` long, counted since the relay began to listen. */
interface Mark {
  readonly seq: number;
  readonly bytes: number;
  readonly at: number;
}

/** How far behind the head a place in the log is. */
export interface Distance {
  readonly bytes: number;
  readonly ms: number;
}

const maxMarks = 256;

/**
 * Remembers a few places of a growing log, so that “how far behind is seq N” has an answer without reading it.
 * At most `maxMarks` are kept: when there are more, every second one is let go.
 */
export class LogMarks {
  /** Bytes that came since the relay began to listen. */
  totalBytes = 0;
  private marks: Mark[] = [];
  private grownAt: number;

  constructor(headSeq: number, now: number) {
    this.marks.push({ seq: headSeq, bytes: 0, at: now });
    this.grownAt = now;
  }

  /** Notes that the log has grown up to `seq`. */
  grown(seq: number, bytes: number, now: number): void {
    const last = this.marks.at(-1);
    this.totalBytes += bytes;
    this.grownAt = now;
    if (last && this.totalBytes - last.bytes < markBytes && now - last.at < markMs) return;
    this.marks.push({ seq, bytes: this.totalBytes, at: now });
    const second = this.marks[1];
    if (second && this.totalBytes - second.bytes > maxMarkedBytes) this.marks.shift();
    if (this.marks.length > maxMarks) this.marks = this.marks.filter((_, index) => index % 2 === 0);
  }

  /**
   * How far a reader that has everything up to `seq` is behind, never too little by more than one mark;
   * undefined where that is too long ago.
   */
  behind(seq: number, now: number): Distance | undefined {
    let found: Mark | undefined;
    let next: Mark | undefined;
    for (let i = this.marks.length - 1; i >= 0; i--) {
      found = this.marks[i];
      if (found && found.seq <= seq) break;
      next = found;
      found = undefined;
    }
    if (!found) return undefined;
    return { bytes: this.totalBytes - found.bytes, ms: now - (next?.at ?? this.grownAt) };
  }
}
