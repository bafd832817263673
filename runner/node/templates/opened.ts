import type { TemplateManifest } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { maxTemplateBytes, maxTemplateFiles } from "#runner/node/caps";
import { checkPaths } from "#runner/node/templates/paths";
import type { TemplateFile } from "#runner/node/templates/template-file";

/** A template that was fetched and looked at, and can be placed. Nothing of it is on the disk. */
export interface OpenedTemplate {
  readonly manifest: TemplateManifest;
  readonly files: readonly TemplateFile[];
  /** Of a repository: what was fetched … */
  readonly commit?: string;
  /** … and what of it is left out: repositories inside of it. */
  readonly leftOut: readonly string[];
}

/** @throws BatonError `template_too_large`, `template_path_refused` */
export function checkFiles(files: readonly TemplateFile[]): void {
  checkSize(
    files.length,
    files.reduce((sum, { bytes }) => sum + bytes.length, 0),
  );
  checkPaths(files);
}

/** @throws BatonError `template_too_large` */
export function checkSize(files: number, bytes: number): void {
  if (files > maxTemplateFiles) throw new BatonError("template_too_large", { what: "files", max: maxTemplateFiles });
  if (bytes > maxTemplateBytes) throw new BatonError("template_too_large", { what: "bytes", max: maxTemplateBytes });
}
