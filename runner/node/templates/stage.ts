import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorCode } from "#runner/keeper/files";
import { checkCancelled, type TemplateFile } from "#runner/node/templates/template-file";

/**
 * Writes the files of a template into a new folder of our own. Links come last, so that no file is written through one.
 * @throws BatonError `template_cancelled`; the system's errors
 */
export async function writeFiles(
  folder: string,
  files: readonly TemplateFile[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const made = new Set<string>();
  for (const isLink of [false, true]) {
    for (const file of files.filter(({ kind }) => (kind === "link") === isLink)) {
      checkCancelled(signal);
      const path = join(folder, ...file.path.split("/"));
      if (!made.has(dirname(path))) await mkdir(dirname(path), { recursive: true });
      made.add(dirname(path));
      await (isLink ? writeLink(path, file.bytes) : writeOne(path, file));
    }
  }
}

async function writeOne(path: string, { kind, bytes }: TemplateFile): Promise<void> {
  await writeFile(path, bytes, { flag: "wx", mode: kind === "executable" ? 0o777 : 0o666 });
}

async function writeLink(path: string, target: Buffer): Promise<void> {
  try {
    await symlink(target.toString("utf8"), path);
  } catch (error) {
    // Windows lets not everybody make links; there Git writes a file that says where it leads, too.
    if (!["EPERM", "ENOSYS", "ENOTSUP"].includes(errorCode(error) ?? "")) throw error;
    await writeFile(path, target, { flag: "wx" });
  }
}
