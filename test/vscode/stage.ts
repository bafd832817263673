import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { resolve } from "node:path";
import { artifact, distFolder } from "#test/support/dist";
import type { TempFolder } from "#test/support/temp";

/** The extension as the editor loads it from its sources: the manifest beside the build, wherever that is. */
export function stageExtension(folder: TempFolder): string {
  artifact("extension");
  const stage = folder.at("extension-under-test");
  mkdirSync(resolve(stage, "extension"), { recursive: true });
  cpSync("package.json", resolve(stage, "package.json"));
  cpSync("extension/media", resolve(stage, "extension/media"), { recursive: true });
  symlinkSync(distFolder, resolve(stage, "dist"));
  return stage;
}
