import { isUtf8 } from "node:buffer";
import type { TemplateVariable } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { maxTemplateTextBytes } from "#runner/node/caps";
import { checkPath } from "#runner/node/templates/paths";
import type { TemplateFile } from "#runner/node/templates/template-file";

export type Values = ReadonlyMap<string, string>;

/** What a variable of this id has by itself, made of the name of the new folder. */
const ownDefaults: Readonly<Record<string, (folderName: string) => string>> = {
  "project-name": packageName,
  "project-title": titleOf,
};

/**
 * The value of each variable that a template has: the given one, its own default, or one made of the folder's name.
 * @throws BatonError `template_variable_invalid`
 */
export function valuesOf(
  variables: readonly TemplateVariable[],
  given: Readonly<Record<string, string>>,
  folderName: string,
): Values {
  return new Map(
    variables.map(({ id, default: usual }) => {
      const own = Object.hasOwn(ownDefaults, id) ? ownDefaults[id] : undefined;
      const value = (Object.hasOwn(given, id) ? given[id]?.trim() : undefined) || usual || own?.(folderName);
      if (!value) throw new BatonError("template_variable_invalid", { variable: id, reason: "it has no value" });
      return [id, id === "project-name" ? packageName(value) : plainValue(id, value)];
    }),
  );
}

/** A name that npm, Python and a folder take: small letters, digits and dashes. */
export function packageName(text: string): string {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, 60)
    .replace(/-+$/, "");
  return plain || "my-project";
}

function titleOf(folderName: string): string {
  const words = packageName(folderName).replaceAll("-", " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/**
 * A value stands between quotes of some language, or in markup, and nobody knows of which: so it has nothing in it that
 * ends either. A straight apostrophe becomes a typographic one, because names of people and shops have them.
 */
function plainValue(variable: string, value: string): string {
  const plain = value.replaceAll("'", "’");
  if (/^[\p{L}\p{M}\p{N}\p{Zs}.,;!?()&+@_\u2019\u2013\u2014-]+$/u.test(plain) && plain.length <= 200) return plain;
  const reason = "it can have letters, digits, spaces and . , ; ! ? ( ) & + @ _ - in it, and 200 of them";
  throw new BatonError("template_variable_invalid", { variable, reason });
}

/**
 * Fills in what stands for `{{id}}`, in names and in texts. What no variable has the name of stays as it is, and so
 * does every byte of a file that is no text.
 * @throws BatonError `template_path_refused` where a name has become one that leads elsewhere
 */
export function fillIn(file: TemplateFile, values: Values): TemplateFile {
  if (values.size === 0) return file;
  const path = fill(file.path, values);
  if (path !== file.path) checkPath(path);
  const isText = file.kind !== "link" && isFillable(file.bytes);
  return { ...file, path, bytes: isText ? Buffer.from(fill(file.bytes.toString("utf8"), values)) : file.bytes };
}

const fill = (text: string, values: Values): string =>
  text.replace(/\{\{([a-z0-9][a-z0-9-]{0,63})\}\}/g, (whole, id: string) => values.get(id) ?? whole);

const isFillable = (bytes: Buffer): boolean =>
  bytes.length <= maxTemplateTextBytes && bytes.includes("{{") && !bytes.includes(0) && isUtf8(bytes);
