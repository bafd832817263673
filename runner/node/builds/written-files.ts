import type { Dirent } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";
import { maxBuildFiles, writtenFilesMs } from "#runner/node/caps";

/** Counts the files that are new or other than before, while an agent works. */
export interface WrittenFiles {
  /** Looks a last time. */
  stop(): Promise<number>;
}

/** What programs make, and nobody writes. */
const leftOut = new Set(["node_modules", ".git", "dist", "build", ".venv", "__pycache__", ".next", ".astro"]);

/** @param changed is told each time that the number is another one, until `stop` is called */
export async function watchWrittenFiles(folder: string, changed: (count: number) => void): Promise<WrittenFiles> {
  const before = await stampsBelow(folder);
  let told = 0;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const count = async () =>
    [...(await stampsBelow(folder))].filter(([path, stamp]) => before.get(path) !== stamp).length;
  const lookSoon = () => {
    timer = setTimeout(async () => {
      const written = await count();
      if (isStopped) return;
      if (written !== told) changed(written);
      told = written;
      lookSoon();
    }, writtenFilesMs);
  };
  lookSoon();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
      return count();
    },
  };
}

/** The files below a folder, as far as there are not too many, each with what changes when it is written; no link is followed. */
async function stampsBelow(root: string): Promise<Map<string, string>> {
  const stamps = new Map<string, string>();
  const folders = [root];
  let left = maxBuildFiles;
  for (let folder = folders.pop(); folder !== undefined && left-- > 0; folder = folders.pop()) {
    for await (const entry of entriesOf(folder)) {
      if (stamps.size >= maxBuildFiles || folders.length >= maxBuildFiles) return stamps;
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !leftOut.has(entry.name)) folders.push(path);
      if (!entry.isFile()) continue;
      const stat = await lstat(path).catch(() => undefined);
      if (stat) stamps.set(path, `${stat.mtimeMs} ${stat.size}`);
    }
  }
  return stamps;
}

/** One by one, because a folder can hold millions; it may be gone again. */
async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder);
  } catch {
    return;
  }
}
