import { join } from "node:path";
import { maxDamagedCopies } from "#relay/store/caps";
import type { Disk } from "#relay/store/embedded/disk";

/** What a damaged file, or the part that was cut off it, is called from now on. */
export const damagedCopyOf = (name: string, now: number): string => `${name}.${now}.damaged`;

/** Removes the oldest damaged copies of a folder that has more than its cap. */
export async function capDamagedCopies(disk: Disk, folder: string): Promise<void> {
  const copies = (await disk.list(folder)).flatMap((name) => {
    const at = damagedName.exec(name)?.[1];
    return at === undefined ? [] : [{ name, at: Number(at) }];
  });
  copies.sort((one, other) => one.at - other.at || (one.name < other.name ? -1 : 1));
  for (const { name } of copies.slice(0, Math.max(0, copies.length - maxDamagedCopies))) {
    await disk.unlink(join(folder, name));
  }
}

const damagedName = /\.(\d+)\.damaged$/;
