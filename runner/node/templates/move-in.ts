import { lstat, mkdir, rename, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "#runner/keeper/files";
import { targetRefused } from "#runner/node/templates/target";
import { checkCancelled } from "#runner/node/templates/template-file";

export interface MoveInOptions {
  /** Where the files are; on the same disk as the folder that they go to. */
  readonly from: string;
  readonly to: string;
  /** Takes the files that give way, until everything is in its place. */
  readonly aside: string;
  /** Paths below both, with `/`. */
  readonly creates: readonly string[];
  readonly changes: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/**
 * Moves files into a folder that has others. Where one of them cannot be moved, all go back.
 * @throws BatonError `template_cancelled`, `template_target_refused`; the system's errors
 */
export async function moveIn({ from, to, aside, creates, changes, signal }: MoveInOptions): Promise<void> {
  const undo: (() => Promise<void>)[] = [];
  const move = async (source: string, path: string) => {
    await rename(source, path);
    undo.push(() => rename(path, source));
  };
  const at = (root: string, path: string) => join(root, ...path.split("/"));
  try {
    for (const [i, path] of changes.entries()) {
      checkCancelled(signal);
      await makeFolders(to, path, undo);
      await move(at(to, path), join(aside, String(i)));
      await move(at(from, path), at(to, path));
    }
    for (const path of creates) {
      checkCancelled(signal);
      await makeFolders(to, path, undo);
      // It was not there when somebody was asked about it.
      if (await isThere(at(to, path))) throw targetRefused(at(to, path), "it has just been made by somebody else");
      await move(at(from, path), at(to, path));
    }
  } catch (error) {
    for (const back of undo.reverse()) await back();
    throw error;
  }
}

/** The folders above a path, one by one: a link in the place of one is not followed. */
async function makeFolders(root: string, path: string, undo: (() => Promise<void>)[]): Promise<void> {
  const steps = path.split("/").slice(0, -1);
  for (let length = 1; length <= steps.length; length++) {
    const folder = join(root, ...steps.slice(0, length));
    try {
      await mkdir(folder);
      undo.push(() => rmdir(folder));
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
      if (!(await lstat(folder)).isDirectory())
        throw targetRefused(folder, "something else is there, where it has a folder");
    }
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === "ENOENT") return false;
      throw error;
    },
  );

/**
 * Makes the folders above a path that are not there.
 * @returns takes them away again, as far as nobody uses them
 */
export async function makeParents(path: string): Promise<() => Promise<void>> {
  const made: string[] = [];
  const missing: string[] = [];
  for (let at = dirname(path); !(await isThere(at)); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    await mkdir(folder);
    made.unshift(folder);
  }
  return async () => {
    for (const folder of made) await rmdir(folder).catch(() => undefined);
  };
}
