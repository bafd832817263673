import { type FileHandle, mkdir, open, readdir, readFile, rename, rmdir, stat, unlink, utimes } from "node:fs/promises";

/**
 * Every call of the embedded store to the file system, and no more than it needs: so a test can put a disk under it
 * that is full, fails or loses its power. Paths are absolute. Files are made 0600 and folders 0700.
 */
export interface Disk {
  /** `r`: read. `r+`: read and write what is there. `w+`: make it, or empty it. `wx`: make it, EEXIST if it is there. */
  open(path: string, flags: OpenFlags): Promise<DiskFile>;
  readFile(path: string): Promise<Uint8Array>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** @returns false when it was there */
  makeFolder(path: string): Promise<boolean>;
  /** Removes an empty folder. */
  removeFolder(path: string): Promise<void>;
  /** Names, unsorted. */
  list(folder: string): Promise<string[]>;
  stat(path: string): Promise<{ readonly bytes: number; readonly changedAt: number }>;
  touch(path: string, now: number): Promise<void>;
  /** Makes new, renamed and removed names of a folder durable. */
  syncFolder(folder: string): Promise<void>;
}

export type OpenFlags = "r" | "r+" | "w+" | "wx";

export interface DiskFile {
  /** Writes all of the buffers, or throws; then an unknown part of them is written. */
  write(buffers: readonly Uint8Array[], position: number): Promise<void>;
  /** @returns the bytes read; fewer than asked only at the end of the file */
  read(into: Uint8Array, position: number): Promise<number>;
  truncate(bytes: number): Promise<void>;
  /** fdatasync. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

const fileMode = 0o600;
const folderMode = 0o700;

/** The real disk. */
export const nodeDisk: Disk = {
  open: async (path, flags) => nodeDiskFile(await open(path, flags, fileMode)),
  readFile: (path) => readFile(path),
  rename,
  unlink,
  async makeFolder(path) {
    try {
      await mkdir(path, { mode: folderMode });
      return true;
    } catch (error) {
      if (errorCodeOf(error) === "EEXIST") return false;
      throw error;
    }
  },
  removeFolder: rmdir,
  list: (folder) => readdir(folder),
  async stat(path) {
    const { size, mtimeMs } = await stat(path);
    return { bytes: size, changedAt: mtimeMs };
  },
  touch: (path, now) => utimes(path, now / 1000, now / 1000),
  async syncFolder(folder) {
    // Windows has no such call: NTFS keeps its own journal of names.
    if (process.platform === "win32") return;
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

function nodeDiskFile(handle: FileHandle): DiskFile {
  return {
    async write(buffers, position) {
      let rest = buffers.filter((buffer) => buffer.length > 0);
      let at = position;
      while (rest.length > 0) {
        const { bytesWritten } = await handle.writev(rest, at);
        at += bytesWritten;
        rest = dropBytes(rest, bytesWritten);
      }
    },
    async read(into, position) {
      let filled = 0;
      while (filled < into.length) {
        const { bytesRead } = await handle.read(into, filled, into.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    },
    truncate: (bytes) => handle.truncate(bytes),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/** A disk may take less than it was given, for example the part that still had room. */
function dropBytes(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let drop = count;
  for (const buffer of buffers) {
    if (drop >= buffer.length) drop -= buffer.length;
    else {
      rest.push(drop > 0 ? buffer.subarray(drop) : buffer);
      drop = 0;
    }
  }
  return rest;
}

/** The `code` of a system error, for example ENOSPC. */
export function errorCodeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Runs a call whose file need not be there. */
export async function unlessMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (errorCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
