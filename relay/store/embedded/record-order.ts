import { BatonError } from "#protocol/errors";
import { decodePayload } from "#protocol/payloads";
import { type LogRecord, peekRecord, readRecord, recordKinds } from "#protocol/record";

/**
 * Whether a record may stand behind the one with seq `previous`: without a hole, except where it is a `gap` that says
 * what is missing. A log that holds a part of the gap's range keeps it.
 */
export function follows(record: LogRecord, previous: number): boolean {
  if (record.seq === previous + 1) return true;
  if (record.seq <= previous || record.kind !== recordKinds.gap) return false;
  const fromSeq = gapStart(record);
  return fromSeq !== undefined && fromSeq <= previous + 1;
}

function gapStart(record: LogRecord): number | undefined {
  try {
    return decodePayload("gap", record.payload).fromSeq;
  } catch (error) {
    if (error instanceof BatonError) return undefined;
    throw error;
  }
}

/**
 * Checks that a buffer holds whole records that follow one another, the first of them `previous`. Their checksums were
 * verified when they came in.
 * @param firstSeq the seq of the first record, or for a `gap` also the one after `previous`
 * @returns the seq of the first record
 * @throws BatonError `record_damaged`, `record_out_of_sequence`
 */
export function checkOrder(bytes: Uint8Array, previous: number, firstSeq: number, lastSeq: number): number {
  const first = peekRecord(bytes, 0)?.seq;
  if (bytes.length > 0 && first !== firstSeq && firstSeq !== previous + 1) {
    throw new BatonError("record_out_of_sequence", { seq: firstSeq, headSeq: previous });
  }
  let last = previous;
  let offset = 0;
  while (offset < bytes.length) {
    const next = peekRecord(bytes, offset);
    if (!next) throw new BatonError("record_damaged", { offset, damage: "cut" });
    if (next.seq !== last + 1 && !gapFollows(bytes, offset, last)) {
      throw new BatonError("record_out_of_sequence", { seq: next.seq, headSeq: last });
    }
    last = next.seq;
    offset = next.end;
  }
  if (last !== lastSeq || first === undefined) {
    throw new BatonError("record_out_of_sequence", { seq: lastSeq, headSeq: last });
  }
  return first;
}

function gapFollows(bytes: Uint8Array, offset: number, previous: number): boolean {
  const record = readRecord(bytes, offset);
  return typeof record !== "string" && follows(record, previous);
}
