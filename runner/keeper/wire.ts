import { maxRecordBytes } from "#protocol/caps";
import { crc32c } from "#protocol/crc32c";
import { BatonError } from "#protocol/errors";
import { frameHeaderBytes } from "#protocol/frame";
import { idBytes, type RunId } from "#protocol/ids";
import { toUtf8 } from "#protocol/json";
import type { FromKeeper } from "#protocol/keeper-link";
import { recordHeaderBytes, setU48 } from "#protocol/record";
import { encodeStreamMessage, streamKinds } from "#protocol/stream";

/**
 * A record is made once, with room in front of it for what the keeper's socket puts there, so that the same memory
 * goes to the log, to every client and to the screen: `stream header · frame header · record`.
 */
const streamHeaderBytes = 5;
/** Where the record starts in a message. */
export const recordOffset = streamHeaderBytes + frameHeaderBytes;
/** Where the record's payload starts in a message. */
export const payloadOffset = recordOffset + recordHeaderBytes;
const recordsFrameType = 1;
const maxPayloadBytes = maxRecordBytes - recordHeaderBytes;

/** The part of every message of a run that never changes. */
export function messagePrefix(runId: RunId): Uint8Array {
  const prefix = new Uint8Array(recordOffset);
  prefix[4] = streamKinds.frame;
  prefix[5] = recordsFrameType;
  prefix.set(idBytes(runId), 7);
  return prefix;
}

/** Memory for a message whose payload has at most `payloadBytes`. */
export const allocateMessage = (payloadBytes: number): Buffer => Buffer.allocUnsafeSlow(payloadOffset + payloadBytes);

/**
 * Writes all headers of a message whose payload is in place already.
 * @param end where the payload ends
 * @returns the message, as long as it is
 * @throws BatonError `frame_too_large`
 */
export function finishMessage(
  message: Buffer,
  end: number,
  prefix: Uint8Array,
  kind: number,
  seq: number,
  ts: number,
): Buffer {
  if (end - payloadOffset > maxPayloadBytes) {
    throw new BatonError("frame_too_large", { bytes: end - recordOffset, maxBytes: maxRecordBytes });
  }
  finishFrame(message, end, prefix);
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  view.setUint32(recordOffset, end - recordOffset - 8);
  view.setUint8(recordOffset + 8, kind);
  view.setUint8(recordOffset + 9, 0);
  setU48(view, recordOffset + 10, ts);
  setU48(view, recordOffset + 16, seq);
  view.setUint32(recordOffset + 4, crc32c(message, recordOffset + 8, end));
  return end === message.length ? message : message.subarray(0, end);
}

/** Writes the headers in front of records that are in place already, from `recordOffset` to `end`. */
export function finishFrame(message: Buffer, end: number, prefix: Uint8Array): Buffer {
  message.set(prefix, 0);
  message.writeUInt32BE(end - streamHeaderBytes + 1, 0);
  return end === message.length ? message : message.subarray(0, end);
}

export const controlMessage = (message: FromKeeper): Uint8Array =>
  encodeStreamMessage(streamKinds.control, toUtf8(JSON.stringify(message)));

export const frameMessage = (frame: Uint8Array): Uint8Array => encodeStreamMessage(streamKinds.frame, frame);
