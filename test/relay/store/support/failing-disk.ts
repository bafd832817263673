import { type Disk, type DiskFile, nodeDisk } from "#relay/store/embedded/disk";

/**
 * A double of the disk: the real one, with every call counted, and with calls that fail as a test says. A write that
 * fails has written half of what it was given.
 */
export interface FailingDisk extends Disk {
  /** The names of all calls so far. */
  readonly calls: string[];
  /** The error code for a call, for example ENOSPC; by its place in `calls` and its name. */
  fail: (index: number, name: string, path: string) => string | undefined;
}

/** From this call on nothing reaches the disk any more, as if the process had been killed in the middle of it. */
export const crashAt = (crashIndex: number) => (index: number) => (index >= crashIndex ? "EIO" : undefined);

export function failingDisk(): FailingDisk {
  const calls: string[] = [];
  const double: FailingDisk = {
    calls,
    fail: () => undefined,
    open: async (path, flags) => {
      before("open", path);
      return failingFile(await nodeDisk.open(path, flags), path);
    },
    readFile: (path) => through("readFile", path, () => nodeDisk.readFile(path)),
    rename: (from, to) => through("rename", from, () => nodeDisk.rename(from, to)),
    unlink: (path) => through("unlink", path, () => nodeDisk.unlink(path)),
    makeFolder: (path) => through("makeFolder", path, () => nodeDisk.makeFolder(path)),
    removeFolder: (path) => through("removeFolder", path, () => nodeDisk.removeFolder(path)),
    list: (path) => through("list", path, () => nodeDisk.list(path)),
    stat: (path) => through("stat", path, () => nodeDisk.stat(path)),
    touch: (path, now) => through("touch", path, () => nodeDisk.touch(path, now)),
    syncFolder: (path) => through("syncFolder", path, () => nodeDisk.syncFolder(path)),
  };

  function before(name: string, path: string): void {
    const code = double.fail(calls.length, name, path);
    calls.push(name);
    if (code) throw Object.assign(new Error(`${code}: made by the test, ${name} ${path}`), { code });
  }

  async function through<T>(name: string, path: string, call: () => Promise<T>): Promise<T> {
    before(name, path);
    return call();
  }

  function failingFile(file: DiskFile, path: string): DiskFile {
    return {
      async write(buffers, position) {
        try {
          before("write", path);
        } catch (error) {
          const all = Buffer.concat(buffers);
          await file.write([all.subarray(0, all.length >> 1)], position);
          throw error;
        }
        await file.write(buffers, position);
      },
      read: (into, position) => through("read", path, () => file.read(into, position)),
      truncate: (bytes) => through("truncate", path, () => file.truncate(bytes)),
      sync: () => through("sync", path, () => file.sync()),
      async close() {
        // A descriptor is gone whatever its close says, and with the process too.
        await file.close();
        before("close", path);
      },
    };
  }
  return double;
}
