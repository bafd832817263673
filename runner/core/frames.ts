import { frameHeaderBytes } from "#protocol/frame";
import { idFromBytes, type RunId } from "#protocol/ids";
import { getU48, recordHeaderBytes } from "#protocol/record";

/** What the core needs to know of a frame that it passes on unread. The keeper and the relay check the rest. */
export const frameType = (bytes: Uint8Array): "records" | "input" | "snapshot" | undefined =>
  bytes.length < frameHeaderBytes ? undefined : typesByCode[bytes[0] ?? 0];

const typesByCode: Record<number, "records" | "input" | "snapshot"> = { 1: "records", 2: "input", 3: "snapshot" };

export const frameRunId = (bytes: Uint8Array): RunId => idFromBytes("run", bytes.subarray(2, frameHeaderBytes));

const recordPrefixBytes = 8;
const recordSeqOffset = 16;

/** The last seq of a `records` frame and the bytes that count as credit, found by its lengths alone. */
export function measureRecords(bytes: Uint8Array): { readonly lastSeq: number; readonly payloadBytes: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let last = -1;
  let payloadBytes = 0;
  let offset = frameHeaderBytes;
  while (offset + recordHeaderBytes <= bytes.length) {
    const recordBytes = recordPrefixBytes + view.getUint32(offset);
    last = offset;
    payloadBytes += recordBytes - recordHeaderBytes;
    offset += recordBytes;
  }
  return { lastSeq: last < 0 ? 0 : getU48(view, last + recordSeqOffset), payloadBytes };
}
