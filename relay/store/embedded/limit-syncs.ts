import { maxLogSyncs } from "#relay/store/caps";
import type { Disk } from "#relay/store/embedded/disk";

/**
 * The disk, with a limit on how many files sync at the same time. Node runs file calls on four threads; without a
 * limit the logs of many busy runs take all of them, and every change of a document waits behind all of the logs.
 */
export function limitSyncs(disk: Disk, limit = maxLogSyncs): Disk {
  let running = 0;
  const waiting: (() => void)[] = [];
  const limited = async (sync: () => Promise<void>) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      await sync();
    } finally {
      // The place goes to the next in the row, or is given back.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
  return {
    async open(path, flags) {
      const file = await disk.open(path, flags);
      return { ...file, sync: () => limited(file.sync) };
    },
    readFile: (path) => disk.readFile(path),
    rename: (from, to) => disk.rename(from, to),
    unlink: (path) => disk.unlink(path),
    makeFolder: (path) => disk.makeFolder(path),
    removeFolder: (path) => disk.removeFolder(path),
    list: (folder) => disk.list(folder),
    stat: (path) => disk.stat(path),
    touch: (path, now) => disk.touch(path, now),
    syncFolder: (folder) => disk.syncFolder(folder),
  };
}
