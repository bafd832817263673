import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Writes a whole file and puts it in place in one step; whoever reads it sees the old or the new content. */
export function replaceFile(path: string, content: string | Uint8Array, options: { readonly durable: boolean }): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeWhole(temporary, content, options.durable);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (options.durable) syncFolder(dirname(path));
}

/** @throws NodeJS.ErrnoException `EEXIST` where `exclusive` and the file is there; any other leaves no such file */
export function writeWhole(path: string, content: string | Uint8Array, durable: boolean, exclusive = false): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const fd = openSync(path, exclusive ? "wx" : "w", 0o600);
  try {
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
      if (durable) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // Half of a file that is only ever made once would stand for the whole of it.
    if (exclusive) rmSync(path, { force: true });
    throw error;
  }
}

/** Makes new names in a folder durable. Windows has no such call and needs none. */
export function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The content of a file, or undefined where there is none. */
export function readIfThere(path: string): string | undefined {
  return ifThere(() => readFileSync(path, "utf8"));
}

/** Runs `read`; undefined when what it reads is not there. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export const errorCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** Whether the operating system refused something, as opposed to a mistake of ours. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error;

/**
 * Does what can be done without: a failure of the operating system is told to `failed`.
 * @returns whether it was done
 */
export function attempt(action: () => void, failed: (error: NodeJS.ErrnoException) => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    failed(error);
    return false;
  }
}

const isMissing = (error: unknown) => errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
