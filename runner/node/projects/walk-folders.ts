import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { maxProjectDepth, maxProjectFolderNames, maxProjectFolders, projectsTimeoutMs } from "#runner/node/caps";
import { type SeenFolder, seenFolder } from "#runner/node/projects/seen-folder";

export interface WalkLimits {
  readonly maxDepth: number;
  readonly maxFolders: number;
  readonly timeoutMs: number;
}

export const usualLimits: WalkLimits = {
  maxDepth: maxProjectDepth,
  maxFolders: maxProjectFolders,
  timeoutMs: projectsTimeoutMs,
};

/** Folders that hold what others have written, or what a program has made. */
const skipped: ReadonlySet<string> = new Set(
  ["node_modules", "bower_components", "vendor", "venv", "env", "site-packages", "__pycache__"].concat([
    "dist",
    "build",
    "out",
    "target",
    "coverage",
    "tmp",
    "temp",
    "bin",
    "obj",
  ]),
);

/** The folder and those below it, the nearest first, within the limits; one that cannot be read is left out. */
export async function* walkFolders(root: string, limits: WalkLimits): AsyncGenerator<SeenFolder> {
  const endAt = Date.now() + limits.timeoutMs;
  let level: { readonly path: string; readonly below: string; readonly parent: SeenFolder | undefined }[] = [
    { path: root, below: "", parent: undefined },
  ];
  let left = limits.maxFolders;
  for (let depth = 0; depth <= limits.maxDepth && level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { path, below, parent } of level) {
      if (left-- <= 0 || Date.now() > endAt) return;
      const names = await namesIn(path);
      if (!names) continue;
      const seen = seenFolder(path, below, names, parent);
      yield seen;
      if (depth === limits.maxDepth) continue;
      for (const name of [...names.folders].sort()) {
        if (name.startsWith(".") || skipped.has(name)) continue;
        if (next.length >= left) break;
        next.push({ path: join(path, name), below: below === "" ? name : `${below}/${name}`, parent: seen });
      }
    }
    level = next;
  }
}

/** What a directory's entry says of itself decides, so that no link is followed. */
async function namesIn(path: string): Promise<{ files: Set<string>; folders: Set<string> } | undefined> {
  const files = new Set<string>();
  const folders = new Set<string>();
  try {
    const entries = await opendir(path);
    let left = maxProjectFolderNames;
    for await (const entry of entries) {
      if (left-- <= 0) break;
      if (entry.isFile()) files.add(entry.name);
      else if (entry.isDirectory()) folders.add(entry.name);
    }
    return { files, folders };
  } catch {
    // It is not ours to read, or it went while it was looked at.
    return undefined;
  }
}
