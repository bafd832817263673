import { maxReadChunkBytes } from "#relay/store/caps";
import type { Disk } from "#relay/store/embedded/disk";

export interface Line {
  readonly text: string;
  /** Where it begins in the file. */
  readonly offset: number;
}

/**
 * The whole lines of a file, the last one first.
 * @param before lines that begin at this offset or behind it are left out
 */
export async function* readLinesBackwards(disk: Disk, path: string, before?: number): AsyncGenerator<Line> {
  const { bytes } = await disk.stat(path);
  const file = await disk.open(path, "r");
  try {
    let end = Math.min(before ?? bytes, bytes);
    /** The beginning of what was read, up to its first line break: its line begins further in front. */
    let held = Buffer.alloc(0);
    while (end > 0) {
      const piece = Buffer.alloc(Math.min(maxReadChunkBytes, end));
      await file.read(piece, end - piece.length);
      end -= piece.length;
      let rest = Buffer.concat([piece, held]);
      // What is behind the last line break is a line that is not whole yet.
      if (held.length === 0) rest = rest.subarray(0, rest.lastIndexOf(newline) + 1);
      while (rest.length > 0) {
        const start = rest.length < 2 ? 0 : rest.lastIndexOf(newline, rest.length - 2) + 1;
        if (start === 0 && end > 0) break;
        yield { text: rest.toString("utf8", start, rest.length - 1), offset: end + start };
        rest = rest.subarray(0, start);
      }
      held = rest;
    }
  } finally {
    await file.close();
  }
}

const newline = 0x0a;
