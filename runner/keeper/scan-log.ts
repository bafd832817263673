import { readdirSync, readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { TerminalSize } from "#protocol/documents";
import { decodePayload, type Payload } from "#protocol/payloads";
import { type LocatedRecord, recordKinds, scanRecords } from "#protocol/record";
import { segmentFirstSeq } from "#runner/keeper/paths";
import type { Segment } from "#runner/keeper/segment";

/** What a log says, read from its first byte to its last. */
export interface ScannedLog {
  readonly segments: Segment[];
  readonly headSeq: number;
  readonly bytes: number;
  readonly size: TerminalSize | undefined;
  readonly exit: Payload<"exit"> | undefined;
  readonly pid: number | undefined;
  readonly damage: { readonly validSeq: number; readonly reason: string } | undefined;
}

/** The segments of a folder as their names and sizes have them; nothing is read. */
export function listSegments(folder: string): { path: string; firstSeq: number; bytes: number }[] {
  return readdirSync(folder)
    .map((name) => ({ path: join(folder, name), firstSeq: segmentFirstSeq(name) }))
    .filter((file): file is { path: string; firstSeq: number } => file.firstSeq !== undefined)
    .sort((a, b) => a.firstSeq - b.firstSeq)
    .map((file) => ({ ...file, bytes: statSync(file.path).size }));
}

/**
 * Reads the log of a keeper that is dead, checks every record, and cuts what comes behind the first damage. Nothing
 * is ever appended to it.
 */
export function scanLog(folder: string): ScannedLog {
  const segments: Segment[] = [];
  const seen = { size: undefined, exit: undefined, pid: undefined } as {
    size: TerminalSize | undefined;
    exit: Payload<"exit"> | undefined;
    pid: number | undefined;
  };
  let headSeq = 0;
  let bytes = 0;
  let damage: ScannedLog["damage"];
  for (const file of listSegments(folder)) {
    if (damage) {
      rmSync(file.path, { force: true });
      continue;
    }
    const content = readFileSync(file.path);
    const scan = scanRecords(content);
    const accepted = takeInOrder(scan.records, headSeq, segments.length === 0);
    if (accepted.covered) {
      rmSync(file.path, { force: true });
      continue;
    }
    for (const record of accepted.records) note(record, seen);
    headSeq = accepted.headSeq;
    const reason = accepted.reason ?? scan.damage;
    const validBytes = accepted.records.at(-1)?.end ?? 0;
    if (reason !== undefined) {
      damage = { validSeq: headSeq, reason };
      truncateSync(file.path, validBytes);
    }
    if (validBytes === 0) {
      rmSync(file.path, { force: true });
      continue;
    }
    const { path, firstSeq } = file;
    segments.push({ path, firstSeq, lastSeq: headSeq, bytes: validBytes, compacted: false, replaced: false });
    bytes += validBytes;
  }
  return { segments, headSeq, bytes, ...seen, damage };
}

/** The records that follow `headSeq` without a hole, except where a `gap` stands for what is missing. */
function takeInOrder(found: readonly LocatedRecord[], headSeq: number, isFirst: boolean) {
  const records: LocatedRecord[] = [];
  const last = found.at(-1);
  // Left over from making room: all of it stands in the segment before.
  if (!isFirst && last && last.seq <= headSeq) return { records, headSeq, covered: true, reason: undefined };
  let head = headSeq;
  for (const record of found) {
    const from = record.kind === recordKinds.gap ? gapStart(record) : record.seq;
    const follows = from <= head + 1 && record.seq > head;
    if (!follows) return { records, headSeq: head, covered: false, reason: "order" };
    records.push(record);
    head = record.seq;
  }
  return { records, headSeq: head, covered: false, reason: undefined };
}

const gapStart = (record: LocatedRecord) => decode("gap", record)?.fromSeq ?? record.seq;

function note(
  record: LocatedRecord,
  seen: { size: TerminalSize | undefined; exit: Payload<"exit"> | undefined; pid: number | undefined },
): void {
  if (record.kind === recordKinds.resize) seen.size = decode("resize", record) ?? seen.size;
  if (record.kind === recordKinds.exit) seen.exit = decode("exit", record) ?? seen.exit;
  if (record.kind === recordKinds.status) seen.pid = decode("status", record)?.pid ?? seen.pid;
}

/** A payload of a newer version may not fit its schema; then it is passed on unread. */
function decode<K extends "gap" | "resize" | "exit" | "status">(
  kind: K,
  record: LocatedRecord,
): Payload<K> | undefined {
  try {
    return decodePayload(kind, record.payload);
  } catch {
    return undefined;
  }
}
