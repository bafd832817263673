import { maxFrameBytes, maxInputBytes, maxSnapshotBytes } from "#protocol/caps";
import { BatonError } from "#protocol/errors";
import { idBytes, idFromBytes, type RunId } from "#protocol/ids";
import { getU48, type LocatedRecord, scanRecords, setU48 } from "#protocol/record";

/**
 * Binary WebSocket messages. All numbers are big-endian.
 *
 * ```
 *  0  u8   type: 1 records · 2 input · 3 snapshot
 *  1  u8   flags, 0
 *  2  16 bytes, the run's id
 * 18  records:  one record after the other
 *     input:    u32 leaseEpoch, then the typed bytes
 *     snapshot: u48 seq, u16 cols, u16 rows, then what draws the screen as of `seq`
 * ```
 */
export type Frame = RecordsFrame | InputFrame | SnapshotFrame;

export interface RecordsFrame {
  readonly type: "records";
  readonly runId: RunId;
  /** The records' bytes, as they are stored. */
  readonly bytes: Uint8Array;
  readonly records: readonly LocatedRecord[];
}

export interface InputFrame {
  readonly type: "input";
  readonly runId: RunId;
  readonly leaseEpoch: number;
  readonly bytes: Uint8Array;
}

export interface SnapshotFrame {
  readonly type: "snapshot";
  readonly runId: RunId;
  /** The snapshot shows every record up to this seq, inclusive. */
  readonly seq: number;
  readonly cols: number;
  readonly rows: number;
  readonly bytes: Uint8Array;
}

export const frameHeaderBytes = 18;
const frameTypes = { records: 1, input: 2, snapshot: 3 } as const;
const inputHeaderBytes = frameHeaderBytes + 4;
const snapshotHeaderBytes = frameHeaderBytes + 10;

/** A frame around records that are encoded already. */
export function encodeRecordsFrame(runId: RunId, records: readonly Uint8Array[]): Uint8Array {
  const total = records.reduce((sum, r) => sum + r.length, frameHeaderBytes);
  const bytes = startFrame("records", runId, total);
  let offset = frameHeaderBytes;
  for (const record of records) {
    bytes.set(record, offset);
    offset += record.length;
  }
  return bytes;
}

/** @throws BatonError `input_too_large`, or `frame_malformed` for an epoch outside its field */
export function encodeInputFrame(runId: RunId, leaseEpoch: number, input: Uint8Array): Uint8Array {
  if (input.length > maxInputBytes) throw new BatonError("input_too_large", { maxBytes: maxInputBytes });
  requireFields(fits(leaseEpoch, 32));
  const bytes = startFrame("input", runId, inputHeaderBytes + input.length);
  new DataView(bytes.buffer).setUint32(frameHeaderBytes, leaseEpoch);
  bytes.set(input, inputHeaderBytes);
  return bytes;
}

/** @throws BatonError `frame_too_large`, or `frame_malformed` for numbers outside their fields */
export function encodeSnapshotFrame(frame: Omit<SnapshotFrame, "type">): Uint8Array {
  if (frame.bytes.length > maxSnapshotBytes) {
    throw new BatonError("frame_too_large", { bytes: frame.bytes.length, maxBytes: maxSnapshotBytes });
  }
  requireFields(fits(frame.seq, 48) && fits(frame.cols, 16) && fits(frame.rows, 16));
  const bytes = startFrame("snapshot", frame.runId, snapshotHeaderBytes + frame.bytes.length);
  const view = new DataView(bytes.buffer);
  setU48(view, frameHeaderBytes, frame.seq);
  view.setUint16(frameHeaderBytes + 6, frame.cols);
  view.setUint16(frameHeaderBytes + 8, frame.rows);
  bytes.set(frame.bytes, snapshotHeaderBytes);
  return bytes;
}

/**
 * Reads one binary message. Every record in it is checked.
 * @throws BatonError `frame_too_large`, `frame_malformed` or `record_damaged`, and nothing else, whatever the bytes
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  if (bytes.length > maxFrameBytes)
    throw new BatonError("frame_too_large", { bytes: bytes.length, maxBytes: maxFrameBytes });
  if (bytes.length < frameHeaderBytes)
    throw new BatonError("frame_malformed", { reason: "it is shorter than its header" });
  const runId = idFromBytes("run", bytes.subarray(2, frameHeaderBytes));
  const read = readers[bytes[0] ?? 0];
  if (!read) throw new BatonError("frame_malformed", { reason: `its type ${bytes[0]} is not known` });
  return read(runId, bytes);
}

const readers: Record<number, (runId: RunId, bytes: Uint8Array) => Frame> = {
  [frameTypes.records]: (runId, bytes) => {
    const body = bytes.subarray(frameHeaderBytes);
    const scan = scanRecords(body);
    if (scan.damage) throw new BatonError("record_damaged", { offset: scan.validBytes, damage: scan.damage });
    return { type: "records", runId, bytes: body, records: scan.records };
  },
  [frameTypes.input]: (runId, bytes) => {
    if (bytes.length < inputHeaderBytes) throw new BatonError("frame_malformed", { reason: "an input frame is cut" });
    if (bytes.length - inputHeaderBytes > maxInputBytes)
      throw new BatonError("input_too_large", { maxBytes: maxInputBytes });
    const leaseEpoch = viewOf(bytes).getUint32(frameHeaderBytes);
    return { type: "input", runId, leaseEpoch, bytes: bytes.subarray(inputHeaderBytes) };
  },
  [frameTypes.snapshot]: (runId, bytes) => {
    if (bytes.length < snapshotHeaderBytes)
      throw new BatonError("frame_malformed", { reason: "a snapshot frame is cut" });
    const payload = bytes.subarray(snapshotHeaderBytes);
    if (payload.length > maxSnapshotBytes)
      throw new BatonError("frame_too_large", { bytes: payload.length, maxBytes: maxSnapshotBytes });
    const view = viewOf(bytes);
    return {
      type: "snapshot",
      runId,
      seq: getU48(view, frameHeaderBytes),
      cols: view.getUint16(frameHeaderBytes + 6),
      rows: view.getUint16(frameHeaderBytes + 8),
      bytes: payload,
    };
  },
};

function startFrame(type: Frame["type"], runId: RunId, total: number): Uint8Array {
  if (total > maxFrameBytes) throw new BatonError("frame_too_large", { bytes: total, maxBytes: maxFrameBytes });
  const bytes = new Uint8Array(total);
  bytes[0] = frameTypes[type];
  bytes.set(idBytes(runId), 2);
  return bytes;
}

const fits = (n: number, bits: number) => Number.isInteger(n) && n >= 0 && n < 2 ** bits;

function requireFields(fit: boolean): void {
  if (!fit) throw new BatonError("frame_malformed", { reason: "a number is outside its field" });
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
