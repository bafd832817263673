import { realpathSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { BatonError } from "#protocol/errors";

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
