import { frameHeaderBytes, type RecordsFrame } from "#protocol/frame";
import { decodePayload } from "#protocol/payloads";
import { type LocatedRecord, recordKinds } from "#protocol/record";
import { SharedFrame } from "#relay/domain/frame-tail";
import type { LiveRun } from "#relay/domain/live-run";
import type { RunLogs } from "#relay/store/store";

/** What became of a records frame. */
export type Intake =
  /** Everything in it was there already. */
  | { readonly is: "known" }
  /** Records before it are missing, or could not be stored; the runner sends again from here when it is asked. */
  | { readonly is: "hole"; readonly fromSeq: number }
  /** The log cannot be written right now; the runner is asked again when it can. */
  | { readonly is: "stalled" }
  /** Shown at once; `durable` resolves when it is stored, and rejects when that failed. */
  | {
      readonly is: "taken";
      readonly durable: Promise<void>;
      readonly lastSeq: number;
      readonly records: readonly LocatedRecord[];
    };

/**
 * Takes a frame of a runner: what is new in it is shown to everybody who watches, with the very same bytes, and given
 * to the store.
 * @param whole the frame with its header, of which `frame` is the reading
 */
export function takeRecords(run: LiveRun, logs: RunLogs, whole: Uint8Array, frame: RecordsFrame): Intake {
  if (run.stalled) return { is: "stalled" };
  const records = frame.records.filter((record) => record.seq > run.appendedSeq);
  const [first] = records;
  const last = records.at(-1);
  if (!first || !last) return { is: "known" };
  const hole = firstHole(records, run.appendedSeq);
  if (hole !== undefined) return { is: "hole", fromSeq: hole };

  const fromSeq = run.appendedSeq + 1;
  const isWhole = records.length === frame.records.length;
  const bytes = isWhole ? frame.bytes : frame.bytes.subarray(first.start);
  const shared = new SharedFrame(isWhole ? whole : withHeader(whole, bytes), fromSeq, last.seq, outputBytes(records));
  run.appendedSeq = last.seq;
  run.tail.push(shared);
  showNew(run, shared);
  const { cuts } = run;
  const durable = logs.append(run.id, bytes, fromSeq, last.seq).then(
    () => {
      run.durableSeq = Math.max(run.durableSeq, last.seq);
      run.trimTail();
    },
    (error: unknown) => {
      // What was to follow records that are lost now is sent again with them.
      if (run.cuts === cuts) stall(run, shared);
      throw error;
    },
  );
  return { is: "taken", durable, lastSeq: last.seq, records };
}

/**
 * Tries the first frame that could not be stored once more.
 * @returns the frame, which is durable now, and behind which the runner has to send again; undefined while it still
 *   cannot be stored
 */
export async function retryStalled(run: LiveRun, logs: RunLogs): Promise<SharedFrame | undefined> {
  const frame = run.stalled?.frame;
  if (!frame) return undefined;
  try {
    await logs.append(run.id, frame.bytes.subarray(frameHeaderBytes), frame.fromSeq, frame.lastSeq);
  } catch {
    return undefined;
  }
  run.stalled = undefined;
  run.tail.push(frame);
  run.appendedSeq = frame.lastSeq;
  run.durableSeq = frame.lastSeq;
  for (const watch of run.watches) watch.pump();
  run.wakeFollowers();
  return frame;
}

/** The stored log was found damaged and ends at `validSeq` now; what is behind it has to come once more. */
export function cutBehind(run: LiveRun, validSeq: number): void {
  run.cuts += 1;
  run.cutFromSeq = Math.max(run.cutFromSeq, run.durableSeq);
  run.durableSeq = Math.min(run.durableSeq, validSeq);
  run.appendedSeq = Math.min(run.appendedSeq, validSeq);
  run.tail.cutBehind(validSeq);
  run.stalled = undefined;
  // The rest of a run that is over may be nowhere any more, so nobody waits for it.
  if (run.ended) run.receivedSeq = Math.min(run.receivedSeq, validSeq);
}

/** The log ends at its durable seq again; the oldest frame that is missing is kept, to be tried. */
function stall(run: LiveRun, frame: SharedFrame): void {
  if (!run.stalled || frame.fromSeq < run.stalled.frame.fromSeq) run.stalled = { frame };
  run.appendedSeq = run.durableSeq;
  run.tail.cutBehind(run.durableSeq);
}

/** Of frames that come once more only what nobody has seen is shown. */
function showNew(run: LiveRun, frame: SharedFrame): void {
  if (frame.fromSeq > run.receivedSeq) {
    run.show(frame);
    return;
  }
  const unseen = frame.lastSeq > run.receivedSeq ? run.tail.at(run.id, run.receivedSeq + 1) : undefined;
  if (unseen) run.show(unseen);
  for (const watch of run.watches) watch.pump();
}

/** The first seq that is missing: records follow one another, and only a `gap` may stand for several. */
function firstHole(records: readonly LocatedRecord[], headSeq: number): number | undefined {
  let expected = headSeq + 1;
  for (const record of records) {
    const from = record.kind === recordKinds.gap ? Math.min(record.seq, gapStart(record)) : record.seq;
    if (from > expected) return expected;
    expected = record.seq + 1;
  }
  return undefined;
}

function gapStart(record: LocatedRecord): number {
  try {
    return decodePayload("gap", record.payload).fromSeq;
  } catch {
    return record.seq;
  }
}

const outputBytes = (records: readonly LocatedRecord[]) =>
  records.reduce((sum, record) => (record.kind === recordKinds.output ? sum + record.payload.length : sum), 0);

function withHeader(whole: Uint8Array, records: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frameHeaderBytes + records.length);
  bytes.set(whole.subarray(0, frameHeaderBytes));
  bytes.set(records, frameHeaderBytes);
  return bytes;
}
