import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { type Template, TemplateId } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { errorCode } from "#runner/keeper/files";
import { manifestName, readManifest } from "#runner/node/templates/manifest";
import { checkFiles, type OpenedTemplate } from "#runner/node/templates/opened";
import type { TemplateFile } from "#runner/node/templates/template-file";

/** npm leaves a file of this name out of a package, so that it has another one there. */
const shippedNames: Readonly<Record<string, string>> = { _gitignore: ".gitignore" };

/** @param built the folder of the built artifacts, with `templates` in it */
const shelfOf = (built: string): string => join(built, "templates");

/**
 * The starters that ship with this version.
 * @param built the folder of the built artifacts
 */
export async function builtInTemplates(built: string): Promise<Template[]> {
  const ids = (await readdir(shelfOf(built))).filter((name) => TemplateId.safeParse(name).success).sort();
  return Promise.all(
    ids.map(async (id) => ({ ...(await readBuiltIn(built, id)), id, source: { kind: "built-in", id } })),
  );
}

/** @throws BatonError `template_unknown` */
export async function openBuiltIn(built: string, id: string): Promise<OpenedTemplate> {
  const manifest = await readBuiltIn(built, id);
  const root = join(shelfOf(built), id, "files");
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }): Promise<TemplateFile> => {
        const bytes = await readFile(join(parentPath, name));
        const folder = relative(root, parentPath).split(sep).join("/");
        const shown = Object.hasOwn(shippedNames, name) ? (shippedNames[name] ?? name) : name;
        return { path: folder === "" ? shown : `${folder}/${shown}`, kind: "file", bytes };
      }),
  );
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  checkFiles(files);
  return { manifest, files, leftOut: [] };
}

async function readBuiltIn(built: string, id: string) {
  const unknown = new BatonError("template_unknown", { id });
  if (!TemplateId.safeParse(id).success) throw unknown;
  try {
    return readManifest(await readFile(join(shelfOf(built), id, manifestName)));
  } catch (error) {
    throw ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "") ? unknown : error;
  }
}
