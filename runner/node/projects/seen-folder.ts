import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { maxProjectFileBytes } from "#runner/node/caps";

/** A folder of the workspace as a look for projects sees it. Links are neither files nor folders here. */
export interface SeenFolder {
  /** Below the runner's folder, with `/`; empty: that folder. */
  readonly below: string;
  /** Its own name. */
  readonly name: string;
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlySet<string>;
  readonly parent: SeenFolder | undefined;
  /**
   * @param file in it or below it
   * @returns undefined where there is no such file, where a link leads to it, or where it is too large for its kind
   */
  read(file: string): Promise<string | undefined>;
}

export function seenFolder(
  path: string,
  below: string,
  names: { readonly files: ReadonlySet<string>; readonly folders: ReadonlySet<string> },
  parent: SeenFolder | undefined,
): SeenFolder {
  return { ...names, below, parent, name: basename(path), read: (file) => readSmallFile(join(path, file)) };
}

/** The folder and those above it, up to the runner's own. */
export function* fromHereUp(folder: SeenFolder): Generator<SeenFolder> {
  for (let one: SeenFolder | undefined = folder; one; one = one.parent) yield one;
}

/** Neither follows a link that took the file's place, nor waits for a pipe that did (open(2)). */
const openFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

async function readSmallFile(path: string): Promise<string | undefined> {
  const real = await realpath(path).catch(() => undefined);
  const file = real === path ? await open(path, openFlags).catch(() => undefined) : undefined;
  if (!file) return undefined;
  try {
    const about = await file.stat();
    if (!about.isFile() || about.size > maxProjectFileBytes) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(about.size), 0, about.size, 0);
    return buffer.toString("utf8", 0, bytesRead).replace(/^\ufeff/, "");
  } catch {
    // A disk that fails, or a file that went: the folder says less of itself, and nothing else is different.
    return undefined;
  } finally {
    await file.close().catch(() => undefined);
  }
}
