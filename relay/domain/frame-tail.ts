import { encodeRecordsFrame, frameHeaderBytes } from "#protocol/frame";
import type { RunId } from "#protocol/ids";
import { outputBytesOf, walkRecords } from "#relay/domain/record-walk";

/** Records of one run as one frame that is sent to many. */
export class SharedFrame {
  /** As the transport sends it; made once, by whoever sends it first. */
  private wire: Uint8Array | undefined;

  /**
   * @param bytes the whole frame, header included
   * @param fromSeq the frame goes on where the one before it ended: its first seq, or what a gap in it replaces
   * @param lastSeq of its last record
   * @param outputBytes what it costs in credit
   */
  constructor(
    public bytes: Uint8Array,
    readonly fromSeq: number,
    readonly lastSeq: number,
    readonly outputBytes: number,
  ) {}

  /**
   * The frame as the transport sends it.
   * @param wrap puts the transport's own header in front of the bytes
   */
  wrapped(wrap: (bytes: Uint8Array) => Uint8Array): Uint8Array {
    if (!this.wire) {
      this.wire = wrap(this.bytes);
      // The same bytes are not held twice.
      this.bytes = this.wire.subarray(this.wire.length - this.bytes.length);
    }
    return this.wire;
  }
}

/** The newest frames of a run, without a hole, for those who are only a little behind. */
export class FrameTail {
  bytes = 0;
  private frames: SharedFrame[] = [];
  /** Index of the oldest frame; what is before it is cut off now and then. */
  private first = 0;

  push(frame: SharedFrame): void {
    this.frames.push(frame);
    this.bytes += frame.bytes.length;
  }

  /** Lets the oldest frames go until at most `maxBytes` are held; frames behind `keepFromSeq` stay in any case. */
  trim(maxBytes: number, keepFromSeq: number): void {
    let oldest = this.frames[this.first];
    while (oldest && this.bytes > maxBytes && oldest.lastSeq < keepFromSeq) {
      this.bytes -= oldest.bytes.length;
      this.first += 1;
      oldest = this.frames[this.first];
    }
    if (this.first > 64 && this.first * 2 > this.frames.length) {
      this.frames = this.frames.slice(this.first);
      this.first = 0;
    }
  }

  /** Lets everything behind `seq` go: it could not be stored and will come once more. */
  cutBehind(seq: number): void {
    const kept = this.frames.slice(this.first).filter((frame) => frame.lastSeq <= seq);
    this.frames = kept;
    this.first = 0;
    this.bytes = kept.reduce((sum, frame) => sum + frame.bytes.length, 0);
  }

  /** The frame in which `seq` stands, cut so that it starts there; undefined where it is not held. */
  at(runId: RunId, seq: number): SharedFrame | undefined {
    let low = this.first;
    let high = this.frames.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.frames[middle]?.lastSeq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    const frame = this.frames[low];
    if (!frame || frame.fromSeq > seq || frame.lastSeq < seq) return undefined;
    return frame.fromSeq === seq ? frame : cutFrame(runId, frame.bytes.subarray(frameHeaderBytes), seq);
  }
}

/** A frame of the records from `fromSeq` on; undefined where there are none. */
function cutFrame(runId: RunId, records: Uint8Array, fromSeq: number): SharedFrame | undefined {
  let start: number | undefined;
  let lastSeq = 0;
  let outputBytes = 0;
  for (const step of walkRecords(records)) {
    if (step.seq < fromSeq) continue;
    start ??= step.start;
    lastSeq = step.seq;
    outputBytes += outputBytesOf(step);
  }
  if (start === undefined) return undefined;
  return new SharedFrame(encodeRecordsFrame(runId, [records.subarray(start)]), fromSeq, lastSeq, outputBytes);
}

/**
 * Cuts a stored chunk into frames of about `maxBytes`, from `fromSeq` on.
 * @param records whole records
 */
export function* cutIntoFrames(
  runId: RunId,
  records: Uint8Array,
  fromSeq: number,
  maxBytes: number,
): Generator<SharedFrame> {
  let start: number | undefined;
  let end = 0;
  let from = fromSeq;
  let lastSeq = 0;
  let outputBytes = 0;
  const frame = () =>
    new SharedFrame(encodeRecordsFrame(runId, [records.subarray(start, end)]), from, lastSeq, outputBytes);
  for (const step of walkRecords(records)) {
    if (step.seq < fromSeq) continue;
    if (start !== undefined && step.end - start > maxBytes) {
      yield frame();
      from = lastSeq + 1;
      start = undefined;
      outputBytes = 0;
    }
    start ??= step.start;
    end = step.end;
    lastSeq = step.seq;
    outputBytes += outputBytesOf(step);
  }
  if (start !== undefined) yield frame();
}
