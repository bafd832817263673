import assert from "node:assert/strict";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { BatonError, type ErrorCode } from "#protocol/errors";
import type { OpenedTemplate } from "#runner/node/templates/opened";
import type { TemplateFile } from "#runner/node/templates/template-file";
import type { TemplateSurroundings } from "#runner/node/templates/templates";
import { distFolder } from "#test/support/dist";
import { gitEnvironment } from "#test/support/git-server";

/** @param home with the Git settings of nobody */
export const surroundingsOf = (home: string, more: Partial<TemplateSurroundings> = {}): TemplateSurroundings => ({
  built: distFolder,
  environment: gitEnvironment(home),
  allowsLoopback: true,
  ...more,
});

/** Everything below a folder: texts as they are, links as `→target`, empty folders as `/`. */
export function treeOf(folder: string, without: readonly string[] = [".git"]): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (below: string) => {
    const names = readdirSync(join(folder, below)).sort();
    if (below !== "" && names.length === 0) found[below] = "/";
    for (const name of names) {
      const path = below === "" ? name : `${below}/${name}`;
      const stat = lstatSync(join(folder, path));
      if (without.includes(path)) continue;
      if (stat.isSymbolicLink()) found[path] = `→${readlinkSync(join(folder, path))}`;
      else if (stat.isDirectory()) walk(path);
      else found[path] = readFileSync(join(folder, path), "latin1");
    }
  };
  walk("");
  return found;
}

export const fileOf = (path: string, text = "", kind: TemplateFile["kind"] = "file"): TemplateFile => ({
  path,
  kind,
  bytes: Buffer.from(text),
});

/** A template in memory. */
export const templateOf = (
  files: readonly TemplateFile[],
  variables: OpenedTemplate["manifest"]["variables"] = [],
): OpenedTemplate => ({
  manifest: { name: "Test", description: "", icon: "repo", variables },
  files,
  leftOut: [],
});

export async function refuses(what: Promise<unknown> | (() => unknown), code: ErrorCode): Promise<BatonError> {
  try {
    await (typeof what === "function" ? what() : what);
  } catch (error) {
    assert.ok(error instanceof BatonError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`it was not refused with ${code}`);
}
