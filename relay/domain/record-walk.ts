import { type LocatedRecord, readRecord, recordHeaderBytes, recordKinds } from "#protocol/record";

/** Where a record stands, without its checksum being looked at: for bytes that were checked when they came. */
export interface Step {
  readonly start: number;
  readonly end: number;
  readonly seq: number;
  readonly kind: number;
}

const prefixBytes = 8;

/**
 * Walks over the records of a buffer that this relay has checked before.
 * It ends at the first one that is not whole.
 */
export function* walkRecords(bytes: Uint8Array): Generator<Step> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (bytes.length - start >= recordHeaderBytes) {
    const end = start + prefixBytes + view.getUint32(start);
    if (end > bytes.length || end < start + recordHeaderBytes) return;
    yield {
      start,
      end,
      kind: bytes[start + 8] ?? 0,
      seq: view.getUint16(start + 16) * 2 ** 32 + view.getUint32(start + 18),
    };
    start = end;
  }
}

/** How much credit a record costs: the bytes of its output. */
export const outputBytesOf = (step: Step): number =>
  step.kind === recordKinds.output ? step.end - step.start - recordHeaderBytes : 0;

/** The whole records of a stored chunk, payloads and all. */
export function* storedRecords(bytes: Uint8Array): Generator<LocatedRecord> {
  let offset = 0;
  while (offset < bytes.length) {
    const record = readRecord(bytes, offset);
    if (typeof record === "string") return;
    yield record;
    offset = record.end;
  }
}
