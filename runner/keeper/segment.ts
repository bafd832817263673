import { closeSync, openSync, readSync } from "node:fs";
import { maxRecordBytes } from "#protocol/caps";
import { type LocatedRecord, readRecord, recordKinds } from "#protocol/record";
import { catchUpBytes } from "#runner/keeper/caps";
import { ifThere } from "#runner/keeper/files";

/** One file of a run's log: records, one after the other, as they stand on the wire. */
export interface Segment {
  readonly path: string;
  readonly firstSeq: number;
  lastSeq: number;
  bytes: number;
  /** Only what is kept when output gives way: gaps, and every record that is no output. */
  readonly compacted: boolean;
  /** Set when another file took its place, so that a reader looks for its seq again. */
  replaced: boolean;
}

/** Where a reader stands: the next record it wants, and where that is if it knows. */
export interface LogPosition {
  nextSeq: number;
  segment: Segment | undefined;
  offset: number;
}

export interface ReadRecords {
  /** Whole records, in memory that has `headroom` bytes in front of them. */
  readonly memory: Buffer;
  readonly end: number;
  readonly lastSeq: number;
  readonly payloadBytes: number;
}

/** A place in a log behind which nothing can be read. */
export class LogDamage extends Error {
  readonly segment: Segment;
  readonly offset: number;
  constructor(segment: Segment, offset: number, reason: string) {
    super(`${segment.path}: ${reason} at byte ${offset}`);
    this.segment = segment;
    this.offset = offset;
  }
}

/**
 * Reads whole records from a position on and moves it behind them.
 * @param budgetBytes about how much to read; at least one record
 * @param headroom bytes left free in front
 * @returns undefined at the end of the log
 * @throws LogDamage where a record fails its check
 */
export function readRecords(
  segments: readonly Segment[],
  position: LogPosition,
  budgetBytes: number,
  headroom: number,
): ReadRecords | undefined {
  for (;;) {
    const segment = locate(segments, position);
    if (!segment) return undefined;
    const read = readPiece(segment, position, Math.min(budgetBytes, catchUpBytes), headroom);
    if (read) return read;
    position.segment = undefined;
  }
}

/** The segment that holds the wanted record; undefined when the log ends before it. */
function locate(segments: readonly Segment[], position: LogPosition): Segment | undefined {
  const known = position.segment;
  if (known && !known.replaced && position.nextSeq <= known.lastSeq) return known;
  const found = segments.find((segment) => segment.lastSeq >= position.nextSeq);
  position.segment = found;
  position.offset = 0;
  return found;
}

function readPiece(segment: Segment, position: LogPosition, budget: number, headroom: number): ReadRecords | undefined {
  const fd = ifThere(() => openSync(segment.path, "r"));
  if (fd === undefined) throw new LogDamage(segment, 0, "the file is gone");
  try {
    for (let want = budget; ; want = maxRecordBytes) {
      const size = Math.min(want, segment.bytes - position.offset);
      if (size <= 0) return undefined;
      const memory = Buffer.allocUnsafeSlow(headroom + size);
      const got = readSync(fd, memory, headroom, size, position.offset);
      const piece = wanted(memory.subarray(headroom, headroom + got), position.nextSeq, budget);
      if (piece.damage !== undefined && piece.damage !== "cut") {
        throw new LogDamage(segment, position.offset + piece.end, piece.damage);
      }
      if (piece.end === 0 && want < maxRecordBytes) continue;
      if (piece.end === 0) throw new LogDamage(segment, position.offset, "a record is cut");
      position.offset += piece.end;
      // Everything was older than what is wanted: go on behind it.
      if (piece.count === 0) {
        if (position.offset >= segment.bytes) return undefined;
        continue;
      }
      position.nextSeq = piece.lastSeq + 1;
      const shifted = piece.start === 0 ? memory : memory.subarray(piece.start);
      return { memory: shifted, end: headroom + piece.end - piece.start, ...summary(piece) };
    }
  } finally {
    closeSync(fd);
  }
}

const summary = ({ lastSeq, payloadBytes }: { lastSeq: number; payloadBytes: number }) => ({ lastSeq, payloadBytes });

/** The records of a piece from `nextSeq` on, as many as the budget allows and at least one. */
function wanted(bytes: Uint8Array, nextSeq: number, budget: number) {
  const piece = { start: 0, end: 0, count: 0, lastSeq: 0, payloadBytes: 0, damage: undefined as string | undefined };
  while (piece.end < bytes.length) {
    const record = readRecord(bytes, piece.end);
    if (typeof record === "string") {
      piece.damage = record;
      // What is whole is given out first; the damage is met again at the next read.
      if (piece.end > 0) piece.damage = undefined;
      break;
    }
    if (piece.count > 0 && record.end - piece.start > budget) break;
    piece.end = record.end;
    if (record.seq < nextSeq) {
      piece.start = record.end;
      continue;
    }
    piece.count++;
    piece.lastSeq = record.seq;
    piece.payloadBytes += record.payload.length;
  }
  return piece;
}

export const isOutput = (record: LocatedRecord): boolean => record.kind === recordKinds.output;
