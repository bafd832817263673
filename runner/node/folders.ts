import { realpathSync, statSync } from "node:fs";
import { lstat, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { maxPathLength } from "#protocol/caps";
import { BatonError } from "#protocol/errors";
import { plainLine } from "#protocol/plain-text";
import { shownPath } from "#protocol/shown-text";

/**
 * The real path of a prompt's folder, if it lies in the runner's own folder or in one that the user's configuration
 * names. Links are followed before anything is compared.
 * @throws BatonError `folder_not_allowed`
 */
export async function checkFolder(
  own: string,
  allowed: readonly string[],
  folder: string | undefined,
): Promise<string> {
  if (folder === undefined || folder === "") return own;
  const refused = new BatonError("folder_not_allowed", { folder });
  const wanted = isAbsolute(folder) ? folder : resolve(own, folder);
  let real: string;
  try {
    real = await realpath(wanted);
    if (!statSync(real).isDirectory()) throw refused;
  } catch (error) {
    throw error instanceof BatonError ? error : refused;
  }
  const roots = [own, ...allowed.flatMap(realFolder)];
  if (!roots.some((root) => isInside(root, real))) throw refused;
  return real;
}

/**
 * The path of a folder that is to be made, or that is there: the real path of what there is of it, and the rest behind
 * that. It lies where a prompt's folder may lie.
 * @throws BatonError `folder_not_allowed`
 */
export async function checkNewFolder(
  own: string,
  allowed: readonly string[],
  folder: string | undefined,
): Promise<string> {
  const { there, missing } = await nearestFolder(resolve(own, folder ?? ""));
  // Whoever asks for a folder names it, and people read the name.
  if (!shownPath(maxPathLength).safeParse(missing.join("/")).success) {
    throw new BatonError("folder_not_allowed", { folder: plainLine(folder ?? "") });
  }
  return join(await checkFolder(own, allowed, there), ...missing);
}

/** The nearest folder of a path that is there, and the names that are missing below it. */
export async function nearestFolder(path: string): Promise<{ readonly there: string; readonly missing: string[] }> {
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere || path === dirname(path)) return { there: path, missing: [] };
  const { there, missing } = await nearestFolder(dirname(path));
  return { there, missing: [...missing, basename(path)] };
}

/** Whether a real path is a folder or lies below it. */
export function isInside(root: string, path: string): boolean {
  const step = relative(root, path);
  return step === "" || (!isAbsolute(step) && step !== ".." && !step.startsWith(`..${sep}`));
}

/** A folder that is not there allows nothing. */
function realFolder(folder: string): string[] {
  const expanded = folder === "~" || folder.startsWith("~/") ? join(homedir(), folder.slice(1)) : folder;
  try {
    return isAbsolute(expanded) ? [realpathSync(expanded)] : [];
  } catch {
    return [];
  }
}
