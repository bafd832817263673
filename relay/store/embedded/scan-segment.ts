import type { RunId } from "#protocol/ids";
import { type RecordDamage, readRecord } from "#protocol/record";
import { scanBufferBytes } from "#relay/store/caps";
import type { Disk } from "#relay/store/embedded/disk";
import { follows } from "#relay/store/embedded/record-order";
import { checkSegmentHeader, segmentHeaderBytes } from "#relay/store/embedded/segment";
import { SegmentIndex } from "#relay/store/embedded/segment-index";

export interface SegmentScan {
  /** The header and the whole records that follow one another; 0 when there is no such record. */
  readonly validBytes: number;
  /** The last of them, 0 without any. */
  readonly lastSeq: number;
  readonly fileBytes: number;
  readonly index: SegmentIndex;
  /** Why the rest of the file is not valid, where there is a rest. */
  readonly reason: string | undefined;
}

interface SegmentToScan {
  readonly path: string;
  readonly runId: RunId;
  readonly firstSeq: number;
  /** The record before the first one, where it is known. */
  readonly previousSeq?: number | undefined;
}

const reasons: Readonly<Record<RecordDamage, string>> = {
  cut: "the last record is cut",
  length: "a record has an impossible length",
  checksum: "a record fails its checksum",
  layout: "a record has an impossible layout",
};

/**
 * Checks every record of a segment, piece by piece.
 * @throws BatonError `store_newer`, or the error of the disk
 */
export async function scanSegment(disk: Disk, segment: SegmentToScan): Promise<SegmentScan> {
  const { bytes: fileBytes } = await disk.stat(segment.path);
  const file = await disk.open(segment.path, "r");
  try {
    const header = new Uint8Array(Math.min(segmentHeaderBytes, fileBytes));
    await file.read(header, 0);
    const index = new SegmentIndex();
    const refused = checkSegmentHeader(segment.path, header, segment.runId);
    if (refused) return { validBytes: 0, lastSeq: 0, fileBytes, index, reason: refused };

    const buffer = new Uint8Array(Math.min(scanBufferBytes, fileBytes - segmentHeaderBytes));
    let lastSeq: number | undefined;
    let offset = segmentHeaderBytes;
    for (;;) {
      const held = buffer.subarray(0, Math.min(buffer.length, fileBytes - offset));
      const filled = await file.read(held, offset);
      const piece = buffer.subarray(0, filled);
      let read = 0;
      let reason: string | undefined;
      while (read < piece.length && reason === undefined) {
        const record = readRecord(piece, read);
        if (record === "cut" && read > 0 && offset + piece.length < fileBytes) break;
        if (typeof record === "string") reason = reasons[record];
        else if (lastSeq === undefined ? !begins(record, segment) : !follows(record, lastSeq)) {
          reason = "a record is out of sequence";
        } else {
          index.note(record.seq, offset + record.start);
          lastSeq = record.seq;
          read = record.end;
        }
      }
      offset += read;
      if (reason !== undefined || read === 0) {
        return { validBytes: lastSeq ? offset : 0, lastSeq: lastSeq ?? 0, fileBytes, index, reason };
      }
    }
  } finally {
    await file.close();
  }
}

function begins(record: Parameters<typeof follows>[0], { firstSeq, previousSeq }: SegmentToScan): boolean {
  return record.seq === firstSeq && (previousSeq === undefined || follows(record, previousSeq));
}
