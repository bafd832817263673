import { crc32c } from "#protocol/crc32c";
import { BatonError } from "#protocol/errors";
import { idBytes, type RunId } from "#protocol/ids";
import { setU48 } from "#protocol/record";

/**
 * A segment is one file of a run's log: a header, then records as they are on the wire. It is named by the seq of its
 * first record. All numbers are big-endian.
 *
 * ```
 *  0  8 bytes   "BATONSEG"
 *  8  u16       version, 1
 * 10  u16       bytes of this header
 * 12  16 bytes  the run's id
 * 28  u48       seq of the first record
 * 34  u16       0
 * 36  u32       CRC-32C of what is before
 * ```
 */
export const segmentHeaderBytes = 40;
const magic = Buffer.from("BATONSEG", "latin1");
const version = 1;
const checksumOffset = 36;

export function encodeSegmentHeader(runId: RunId, firstSeq: number): Uint8Array {
  const bytes = new Uint8Array(segmentHeaderBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(magic, 0);
  view.setUint16(8, version);
  view.setUint16(10, segmentHeaderBytes);
  bytes.set(idBytes(runId), 12);
  setU48(view, 28, firstSeq);
  view.setUint32(checksumOffset, crc32c(bytes, 0, checksumOffset));
  return bytes;
}

/**
 * Checks the header of a segment. What it says also stands in the file's path, so a damaged one loses nothing: the
 * records behind it carry checks of their own.
 * @returns why the segment cannot be this run's, or undefined
 * @throws BatonError `store_newer`
 */
export function checkSegmentHeader(path: string, bytes: Uint8Array, runId: RunId): string | undefined {
  if (bytes.length < segmentHeaderBytes) return "its header is cut";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isWhole =
    magic.equals(bytes.subarray(0, magic.length)) &&
    view.getUint32(checksumOffset) === crc32c(bytes, 0, checksumOffset);
  if (!isWhole) return undefined;
  const theirs = view.getUint16(8);
  if (theirs > version) throw new BatonError("store_newer", { file: path, theirs, ours: version });
  return Buffer.compare(bytes.subarray(12, 28), idBytes(runId)) === 0 ? undefined : "it belongs to another run";
}

const seqDigits = 15;
const segmentName = new RegExp(`^(\\d{${seqDigits}})\\.seg$`);

export const segmentNameOf = (firstSeq: number): string => `${String(firstSeq).padStart(seqDigits, "0")}.seg`;

/** The seq in the name of a segment, or undefined for the name of another file. */
export function segmentSeq(name: string): number | undefined {
  const digits = segmentName.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
