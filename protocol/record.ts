import { maxRecordBytes } from "#protocol/caps";
import { crc32c } from "#protocol/crc32c";
import { BatonError } from "#protocol/errors";

/**
 * A record is the unit of a run's log. The bytes on the wire and on disk are the same, so a relay stores and
 * forwards them without re-encoding. All numbers are big-endian.
 *
 * ```
 *  0  u32  bodyBytes: everything behind the first eight bytes
 *  4  u32  CRC-32C of the body
 *  8  u8   kind
 *  9  u8   flags: bit 0, an extension follows the fixed header
 * 10  u48  ts, milliseconds since the epoch, the keeper's clock, never decreasing
 * 16  u48  seq, per run, from 1, without holes except where a `gap` says so
 * 22  [u16 extensionBytes, extension]   reserved for {alg, kid, nonce}; kept and passed on unread
 *  …  payload: raw terminal bytes for `output`, JSON in UTF-8 for every other kind
 * ```
 */
export interface LogRecord {
  readonly seq: number;
  readonly ts: number;
  readonly kind: number;
  readonly payload: Uint8Array;
  readonly extension?: Uint8Array;
}

export const recordKinds = {
  output: 1,
  input: 2,
  resize: 3,
  status: 4,
  message: 5,
  tool: 6,
  plan: 7,
  diff: 8,
  mode: 9,
  commands: 10,
  notice: 11,
  approval: 12,
  checkpoint: 13,
  step: 14,
  project: 15,
  evidence: 16,
  artifact: 17,
  port: 18,
  usage: 19,
  gap: 20,
  exit: 21,
} as const;
export type RecordKind = keyof typeof recordKinds;

const namesByKind = new Map<number, RecordKind>(
  (Object.entries(recordKinds) as [RecordKind, number][]).map(([name, code]) => [code, name]),
);

/** The name of a kind, or undefined for one of a newer version, which is kept and passed on. */
export const recordKindName = (kind: number): RecordKind | undefined => namesByKind.get(kind);

export const recordHeaderBytes = 22;
const prefixBytes = 8;
const fixedBodyBytes = recordHeaderBytes - prefixBytes;
const extensionFlag = 1;
const maxU48 = 2 ** 48 - 1;

/**
 * The bytes of one record.
 * @throws BatonError `frame_too_large` over `maxRecordBytes`, `frame_malformed` for numbers outside their field
 */
export function encodeRecord(record: LogRecord): Uint8Array {
  const extensionBytes = record.extension ? 2 + record.extension.length : 0;
  const total = recordHeaderBytes + extensionBytes + record.payload.length;
  if (total > maxRecordBytes) throw new BatonError("frame_too_large", { bytes: total, maxBytes: maxRecordBytes });
  if (!isU48(record.seq) || !isU48(record.ts) || !isU8(record.kind) || extensionBytes > 2 + 0xffff) {
    throw new BatonError("frame_malformed", { reason: "a record's number is outside its field" });
  }
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, total - prefixBytes);
  view.setUint8(8, record.kind);
  view.setUint8(9, record.extension ? extensionFlag : 0);
  setU48(view, 10, record.ts);
  setU48(view, 16, record.seq);
  if (record.extension) {
    view.setUint16(recordHeaderBytes, record.extension.length);
    bytes.set(record.extension, recordHeaderBytes + 2);
  }
  bytes.set(record.payload, recordHeaderBytes + extensionBytes);
  view.setUint32(4, crc32c(bytes, prefixBytes));
  return bytes;
}

/** Where a record stands in a buffer; `payload` and `extension` are views, not copies. */
export interface LocatedRecord extends LogRecord {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the records of a buffer one after the other. It never throws and never reads past the buffer: the first
 * record that is cut or damaged ends it, and everything before is valid.
 * @returns the records, the number of valid bytes, and why the rest was not read, if there is a rest
 */
export function scanRecords(bytes: Uint8Array, start = 0): RecordScan {
  const records: LocatedRecord[] = [];
  let offset = start;
  while (offset < bytes.length) {
    const next = readRecord(bytes, offset);
    if (typeof next === "string") return { records, validBytes: offset - start, damage: next };
    records.push(next);
    offset = next.end;
  }
  return { records, validBytes: offset - start, damage: undefined };
}

export interface RecordScan {
  readonly records: LocatedRecord[];
  readonly validBytes: number;
  readonly damage: RecordDamage | undefined;
}

/** `cut`: more bytes may still come. The others never become valid. */
export type RecordDamage = "cut" | "length" | "checksum" | "layout";

/** Reads the record that starts at `offset`, or says why there is none. */
export function readRecord(bytes: Uint8Array, offset: number): LocatedRecord | RecordDamage {
  const available = bytes.length - offset;
  if (available < prefixBytes) return "cut";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bodyBytes = view.getUint32(offset);
  if (bodyBytes < fixedBodyBytes || bodyBytes + prefixBytes > maxRecordBytes) return "length";
  if (available < prefixBytes + bodyBytes) return "cut";
  const end = offset + prefixBytes + bodyBytes;
  if (crc32c(bytes, offset + prefixBytes, end) !== view.getUint32(offset + 4)) return "checksum";
  const flags = view.getUint8(offset + 9);
  let payloadStart = offset + recordHeaderBytes;
  let extension: Uint8Array | undefined;
  if (flags & extensionFlag) {
    if (payloadStart + 2 > end) return "layout";
    const extensionEnd = payloadStart + 2 + view.getUint16(payloadStart);
    if (extensionEnd > end) return "layout";
    extension = bytes.subarray(payloadStart + 2, extensionEnd);
    payloadStart = extensionEnd;
  }
  return {
    start: offset,
    end,
    kind: view.getUint8(offset + 8),
    ts: getU48(view, offset + 10),
    seq: getU48(view, offset + 16),
    payload: bytes.subarray(payloadStart, end),
    ...(extension && { extension }),
  };
}

/**
 * Kind, seq and end of a record whose checksum was verified when it came in; undefined where the buffer ends within it.
 */
export function peekRecord(
  bytes: Uint8Array,
  offset: number,
): { readonly kind: number; readonly seq: number; readonly end: number } | undefined {
  if (bytes.length - offset < recordHeaderBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, recordHeaderBytes);
  const end = offset + prefixBytes + view.getUint32(0);
  if (end < offset + recordHeaderBytes || end > bytes.length) return undefined;
  return { kind: view.getUint8(8), seq: getU48(view, 16), end };
}

const isU8 = (n: number) => Number.isInteger(n) && n >= 0 && n <= 0xff;
const isU48 = (n: number) => Number.isInteger(n) && n >= 0 && n <= maxU48;

export function setU48(view: DataView, offset: number, value: number): void {
  view.setUint16(offset, Math.floor(value / 2 ** 32));
  view.setUint32(offset + 2, value % 2 ** 32);
}

export function getU48(view: DataView, offset: number): number {
  return view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2);
}
