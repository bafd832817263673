import { lstat, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { BatonError } from "#protocol/errors";
import { errorCode } from "#runner/keeper/files";
import { type Target, targetRefused } from "#runner/node/templates/target";
import type { TemplateFile } from "#runner/node/templates/template-file";

/** What placing a template would do, by paths below the target, with `/`. */
export interface Placement {
  readonly creates: readonly string[];
  /** Files that are there and would be replaced; those that are the same already are in neither list. */
  readonly changes: readonly string[];
}

/** @throws BatonError `template_target_refused` where a folder stands in a file's place, or the other way round */
export async function planOf(target: Target, files: readonly TemplateFile[]): Promise<Placement> {
  if (!target.isThere) return { creates: files.map(({ path }) => path), changes: [] };
  const [creates, changes]: [string[], string[]] = [[], []];
  const folders = new Map<string, boolean>();
  for (const file of files) {
    const there = await folderIsThere(target.folder, file.path, folders);
    const what = there ? await compare(join(target.folder, ...file.path.split("/")), file) : "absent";
    if (what === "absent") creates.push(file.path);
    if (what === "different") changes.push(file.path);
  }
  return { creates, changes };
}

/** @param over what somebody agreed to; undefined: nothing was asked @throws BatonError `template_over_files` */
export function checkConsent(target: Target, { changes }: Placement, over: readonly string[] | undefined): void {
  if (target.isEmpty) return;
  const agreed = new Set(over);
  if (over !== undefined && changes.every((path) => agreed.has(path))) return;
  throw new BatonError("template_over_files", { folder: target.folder, changes: changes.length });
}

/** Whether the folder of a file is there. A link in its way would lead out of the target. */
async function folderIsThere(root: string, path: string, known: Map<string, boolean>): Promise<boolean> {
  const steps = path.split("/").slice(0, -1);
  for (let length = 1; length <= steps.length; length++) {
    const folder = steps.slice(0, length).join("/");
    const seen = known.get(folder);
    if (seen === true) continue;
    if (seen === false) return false;
    const found = await statOf(join(root, ...folder.split("/")));
    if (found && !found.isDirectory())
      throw targetRefused(join(root, folder), "something else is there, where it has a folder");
    known.set(folder, found !== undefined);
    if (!found) return false;
  }
  return true;
}

async function compare(path: string, file: TemplateFile): Promise<"absent" | "same" | "different"> {
  const found = await statOf(path);
  if (!found) return "absent";
  if (found.isDirectory()) throw targetRefused(path, "a folder is there, where it has a file");
  if (found.isSymbolicLink()) {
    const isSame = file.kind === "link" && (await readlink(path)) === file.bytes.toString("utf8");
    return isSame ? "same" : "different";
  }
  const mayBeSame = found.isFile() && file.kind !== "link" && found.size === file.bytes.length;
  return mayBeSame && (await readFile(path)).equals(file.bytes) ? "same" : "different";
}

const statOf = async (path: string) => {
  try {
    return await lstat(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
};
