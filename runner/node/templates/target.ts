import { lstat, readdir, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { BatonError } from "#protocol/errors";
import { errorCode } from "#runner/keeper/files";
import { isInside } from "#runner/node/folders";

/** Where a template goes. */
export interface Target {
  /** Its real path, also where it is not there yet. */
  readonly folder: string;
  readonly isThere: boolean;
  /** Besides a repository, nothing is in it. */
  readonly isEmpty: boolean;
  /** The part of the path that is there. */
  readonly existing: string;
}

/** What a placement begins in, beside or inside of its folder. One that was killed leaves it behind. */
export const stagePrefix = ".baton-template-";

/**
 * Follows links before anything is compared.
 * @param within the real path of a folder that it has to lie in
 * @throws BatonError `template_target_refused`, `folder_not_allowed`
 */
export async function findTarget(path: string, within?: string): Promise<Target> {
  if (!isAbsolute(path)) throw targetRefused(path, "expected an absolute path");
  const { existing, missing } = await existingPart(resolve(path));
  const folder = join(existing, ...missing);
  if (within !== undefined && !isInside(within, folder)) throw new BatonError("folder_not_allowed", { folder });
  if (folder.split(/[/\\]/).some((step) => step.toLowerCase() === ".git"))
    throw targetRefused(folder, "it lies in a repository's own folder");
  if (!(await lstat(existing)).isDirectory()) throw targetRefused(existing, "it is no folder");
  const isThere = missing.length === 0;
  const names = isThere ? await readdir(folder) : [];
  const isEmpty = names.every((name) => name === ".git" || name.startsWith(stagePrefix));
  return { folder, isThere, isEmpty, existing };
}

async function existingPart(path: string): Promise<{ existing: string; missing: string[] }> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      return { existing: await realpath(at), missing };
    } catch (error) {
      if (errorCode(error) !== "ENOENT" || dirname(at) === at)
        throw targetRefused(path, String(errorCode(error) ?? error));
      // A link that leads nowhere is there, and making a folder behind it would make one somewhere else.
      if (await isThereItself(at)) throw targetRefused(at, "it is a link that leads nowhere");
      missing.unshift(basename(at));
    }
  }
}

const isThereItself = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

export const targetRefused = (path: string, reason: string): BatonError =>
  new BatonError("template_target_refused", { path, reason });
