import { maxRecordBytes } from "#protocol/caps";
import { peekRecord, type RecordDamage, readRecord } from "#protocol/record";
import { maxReadChunkBytes } from "#relay/store/caps";
import type { Disk } from "#relay/store/embedded/disk";
import type { Segment } from "#relay/store/embedded/log-folder";
import type { RunLog } from "#relay/store/embedded/run-log";
import { segmentHeaderBytes } from "#relay/store/embedded/segment";

/** Where a read goes on. */
interface Place {
  readonly segment: Segment;
  readonly offset: number;
}

interface Chunk {
  readonly bytes: Uint8Array;
  readonly lastSeq: number;
  readonly place: Place;
}

/**
 * Reads whole records until it has caught up with the head of the log: durable ones from the disk, the others from
 * memory. A file is open only while a chunk is read, so a slow reader holds nothing, and no append waits for a read.
 */
export async function* readLog(disk: Disk, log: RunLog, fromSeq: number): AsyncGenerator<Uint8Array> {
  let next = Math.max(1, fromSeq);
  let place: Place | undefined;
  while (next <= log.headSeq) {
    if (next <= log.durableSeq) {
      const chunk = await readChunk(disk, log, next, place);
      // The log was found damaged and ends before here now.
      if (!chunk) return;
      yield chunk.bytes;
      next = chunk.lastSeq + 1;
      place = chunk.place;
      continue;
    }
    const entry = firstPending(log, next);
    if (!entry) return;
    for (const piece of pieces(entry.bytes, next)) yield piece;
    next = entry.lastSeq + 1;
  }
}

function firstPending(log: RunLog, seq: number) {
  for (const entry of log.pending()) if (entry.lastSeq >= seq) return entry;
  return undefined;
}

async function readChunk(
  disk: Disk,
  log: RunLog,
  fromSeq: number,
  from: Place | undefined,
): Promise<Chunk | undefined> {
  let place = from && log.segments.includes(from.segment) ? from : await find(log, fromSeq);
  while (place) {
    const { segment, offset } = place;
    await log.check(segment);
    if (!log.segments.includes(segment)) return undefined;
    if (offset >= segment.bytes) {
      place = after(log, segment);
      continue;
    }
    const bytes = await readPart(disk, segment.path, offset, Math.min(maxReadChunkBytes, segment.bytes - offset));
    let read = wholeRecords(bytes, fromSeq);
    if (read.end === 0 && read.stopped === "cut") {
      // One record that is larger than a chunk.
      read = wholeRecords(
        await readPart(disk, segment.path, offset, Math.min(maxRecordBytes, segment.bytes - offset)),
        fromSeq,
        1,
      );
    }
    if (read.end === 0) {
      await log.recheck(segment);
      return undefined;
    }
    place = { segment, offset: offset + read.end };
    if (read.records.length > 0) return { bytes: read.records, lastSeq: read.lastSeq, place };
  }
  return undefined;
}

async function find(log: RunLog, seq: number): Promise<Place | undefined> {
  const segment = log.segments.findLast(({ firstSeq }) => firstSeq <= seq) ?? log.segments[0];
  if (!segment) return undefined;
  await log.check(segment);
  return { segment, offset: segment.index?.offsetBefore(seq) ?? segmentHeaderBytes };
}

function after(log: RunLog, segment: Segment): Place | undefined {
  const next = log.segments[log.segments.indexOf(segment) + 1];
  return next && { segment: next, offset: segmentHeaderBytes };
}

async function readPart(disk: Disk, path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await disk.open(path, "r");
  try {
    const bytes = Buffer.allocUnsafe(length);
    return bytes.subarray(0, await file.read(bytes, offset));
  } finally {
    await file.close();
  }
}

interface WholeRecords {
  /** Those with a seq of at least what was asked for. */
  readonly records: Uint8Array;
  readonly lastSeq: number;
  readonly end: number;
  readonly stopped: RecordDamage | undefined;
}

function wholeRecords(bytes: Uint8Array, fromSeq: number, most = Number.POSITIVE_INFINITY): WholeRecords {
  let start: number | undefined;
  let end = 0;
  let lastSeq = 0;
  let stopped: RecordDamage | undefined;
  for (let count = 0; end < bytes.length && count < most; count++) {
    const record = readRecord(bytes, end);
    if (typeof record === "string") {
      stopped = record;
      break;
    }
    if (record.seq >= fromSeq) start ??= record.start;
    end = record.end;
    lastSeq = record.seq;
  }
  return { records: start === undefined ? bytes.subarray(0, 0) : bytes.subarray(start, end), lastSeq, end, stopped };
}

/** The records of an entry from `fromSeq` on, in pieces of at most a chunk where no single record is larger. */
function* pieces(bytes: Uint8Array, fromSeq: number): Generator<Uint8Array> {
  let start = 0;
  let end = 0;
  for (let record = peekRecord(bytes, 0); record; record = peekRecord(bytes, end)) {
    if (record.seq < fromSeq) start = record.end;
    else if (record.end - start > maxReadChunkBytes && end > start) {
      yield bytes.subarray(start, end);
      start = end;
    }
    end = record.end;
  }
  if (end > start) yield bytes.subarray(start, end);
}
