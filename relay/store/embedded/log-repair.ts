import { basename, dirname, join } from "node:path";
import { maxSegmentBytes, scanBufferBytes } from "#relay/store/caps";
import { damagedCopyOf } from "#relay/store/embedded/damaged-copies";
import type { Disk } from "#relay/store/embedded/disk";

/** Keeps what is behind the valid part of a segment in a file beside it, then cuts it off, durably. */
export async function cutSegment(disk: Disk, path: string, validBytes: number, now: number): Promise<string> {
  const aside = asideName(path, now);
  const { bytes } = await disk.stat(path);
  const source = await disk.open(path, "r+");
  try {
    const copy = await disk.open(aside, "w+");
    try {
      // What is cut is shorter than a segment and a batch, unless somebody else wrote into the file.
      const end = Math.min(bytes, validBytes + 4 * maxSegmentBytes);
      for (let offset = validBytes; offset < end; ) {
        const piece = new Uint8Array(Math.min(scanBufferBytes, end - offset));
        const filled = await source.read(piece, offset);
        if (filled === 0) break;
        await copy.write([piece.subarray(0, filled)], offset - validBytes);
        offset += filled;
      }
      await copy.sync();
    } finally {
      await copy.close();
    }
    await source.truncate(validBytes);
    await source.sync();
  } finally {
    await source.close();
  }
  await disk.syncFolder(dirname(path));
  return aside;
}

/** Takes a whole segment out of its log and keeps it beside it. */
export async function setSegmentAside(disk: Disk, path: string, now: number): Promise<string> {
  const aside = asideName(path, now);
  await disk.rename(path, aside);
  await disk.syncFolder(dirname(path));
  return aside;
}

const asideName = (path: string, now: number) => join(dirname(path), damagedCopyOf(basename(path), now));
