import { dirname, join } from "node:path";
import { type Disk, unlessMissing } from "#relay/store/embedded/disk";
import { segmentNameOf, segmentSeq } from "#relay/store/embedded/segment";
import type { SegmentIndex } from "#relay/store/embedded/segment-index";

/** One file of a log, up to what is durable. */
export interface Segment {
  readonly firstSeq: number;
  readonly path: string;
  bytes: number;
  /** Set when every record was checked: at the opening for the last segment, at the first read for the others. */
  index: SegmentIndex | undefined;
  checking?: Promise<void>;
}

/** The segments in a log's folder, in order; none where there is no folder. Nothing in them is checked yet. */
export async function findSegments(disk: Disk, folder: string): Promise<Segment[]> {
  const names = (await unlessMissing(disk.list(folder))) ?? [];
  const seqs = names.map(segmentSeq).filter((seq) => seq !== undefined);
  const segments: Segment[] = [];
  for (const firstSeq of seqs.sort((a, b) => a - b)) {
    const path = join(folder, segmentNameOf(firstSeq));
    segments.push({ firstSeq, path, bytes: (await disk.stat(path)).bytes, index: undefined });
  }
  return segments;
}

/** Makes the folder of a log and the one above it, durably. */
export async function makeLogFolder(disk: Disk, folder: string): Promise<void> {
  for (const made of [dirname(folder), folder]) {
    await disk.makeFolder(made);
    await disk.syncFolder(dirname(made));
  }
}

/** Removes a log with everything beside it, durably; from its end, so that a crash leaves a log without a hole. */
export async function removeLogFolder(disk: Disk, folder: string): Promise<void> {
  const names = await unlessMissing(disk.list(folder));
  if (!names) return;
  const order = (name: string) => segmentSeq(name) ?? Number.POSITIVE_INFINITY;
  for (const name of names.sort((one, other) => order(other) - order(one) || 0)) {
    await unlessMissing(disk.unlink(join(folder, name)));
  }
  await disk.removeFolder(folder);
  await disk.syncFolder(dirname(folder));
}

/** Makes what can be read of a segment durable. */
export async function syncSegment(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(dirname(path));
}
