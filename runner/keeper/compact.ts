import { readFileSync, rmSync } from "node:fs";
import { decodePayload, encodePayload, type Payload } from "#protocol/payloads";
import { encodeRecord, type LocatedRecord, recordKinds, scanRecords } from "#protocol/record";
import { attempt, replaceFile } from "#runner/keeper/files";
import { isOutput, type Segment } from "#runner/keeper/segment";

/**
 * Lets output give way, oldest segment first, until a log has at most `limit` bytes. The segment that is being
 * written stays. Each row of consecutive output becomes one `gap`; every other record is kept.
 * @returns the bytes of the log afterwards
 * @throws NodeJS.ErrnoException where the disk refuses it; `segments` then has what was done by then
 */
export function makeRoom(segments: Segment[], bytes: number, limit: number): number {
  let left = bytes;
  while (left > limit) {
    const step = nextStep(segments);
    if (!step) return left;
    const before = bytesOf(step);
    const compacted = compact(step);
    segments.splice(0, step.length, compacted);
    left += compacted.bytes - before;
  }
  return left;
}

export const bytesOf = (segments: readonly Segment[]): number =>
  segments.reduce((sum, segment) => sum + segment.bytes, 0);

/** What becomes the new first segment: the oldest one, together with what was compacted before. */
function nextStep(segments: readonly Segment[]): Segment[] | undefined {
  const [first, second] = segments;
  const closed = segments.length - 1;
  if (first && !first.compacted && closed >= 1) return [first];
  if (first && second && closed >= 2) return [first, second];
  return undefined;
}

function compact(sources: readonly Segment[]): Segment {
  const [first] = sources;
  const last = sources.at(-1);
  if (!first || !last) throw new Error("there is nothing to compact");
  const pieces = withoutOutput(sources);
  const content = Buffer.concat(pieces);
  // The merged file takes the first one's place before the others go: a crash in between leaves a file whose
  // records are all in the merged one, and the next start removes it.
  replaceFile(first.path, content, { durable: false });
  for (const source of sources) {
    source.replaced = true;
    if (source === first) continue;
    attempt(
      () => rmSync(source.path, { force: true }),
      () => undefined,
    );
  }
  return {
    path: first.path,
    firstSeq: first.firstSeq,
    lastSeq: last.lastSeq,
    bytes: content.length,
    compacted: true,
    replaced: false,
  };
}

interface Gap extends Payload<"gap"> {
  lastSeq: number;
  ts: number;
}

function withoutOutput(sources: readonly Segment[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let open: Gap | undefined;
  const close = () => {
    if (!open) return;
    const { fromSeq, bytes, lastSeq, ts } = open;
    pieces.push(encodeRecord({ seq: lastSeq, ts, ...encodePayload("gap", { fromSeq, bytes }) }));
    open = undefined;
  };
  for (const source of sources) {
    const bytes = readFileSync(source.path);
    for (const record of scanRecords(bytes).records) {
      const gap = asGap(record);
      if (!gap) {
        close();
        pieces.push(bytes.subarray(record.start, record.end));
      } else if (open && gap.fromSeq === open.lastSeq + 1) {
        open = { ...open, bytes: open.bytes + gap.bytes, lastSeq: record.seq, ts: record.ts };
      } else {
        close();
        open = { ...gap, lastSeq: record.seq, ts: record.ts };
      }
    }
  }
  close();
  return pieces;
}

/** The gap that stands for a record, or undefined where the record is kept. */
function asGap(record: LocatedRecord): { fromSeq: number; bytes: number } | undefined {
  if (isOutput(record)) return { fromSeq: record.seq, bytes: record.payload.length };
  return record.kind === recordKinds.gap ? decodePayload("gap", record.payload) : undefined;
}
