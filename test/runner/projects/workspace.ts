import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Machine } from "#runner/node/projects/machine";

/** What lies in a workspace: the text of a file, or what is written as JSON, by its path. */
export type Files = Readonly<Record<string, string | object>>;

export function writeFiles(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === "string" ? content : JSON.stringify(content));
  }
}

/** A machine with some programs, so that a test says the same on all. */
export const machineWith = (programs: readonly string[], platform: NodeJS.Platform = "linux"): Machine => ({
  platform,
  has: (program) => programs.includes(program),
});
