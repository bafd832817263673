import * as z from "zod";
import { maxPathLength } from "#protocol/caps";
import { Name, shownPath, shownText } from "#protocol/shown-text";

/** What a project installs its packages with, told by its lock file. */
export const PackageManager = z.enum([
  "npm",
  "pnpm",
  "yarn",
  "bun",
  "deno",
  "pip",
  "uv",
  "poetry",
  "bundler",
  "composer",
  "cargo",
  "go",
]);
export type PackageManager = z.infer<typeof PackageManager>;

export const maxProjects = 20;
export const maxProjectScripts = 50;
export const maxScriptNameLength = 100;
export const maxCommandLineLength = 1_000;

/** A folder with something that can be run. Its words come from files of the workspace, which anybody may have written. */
export const Project = z.looseObject({
  folder: shownPath(maxPathLength).describe("below the runner's folder, with `/`; empty: that folder"),
  name: Name,
  framework: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, "expected small letters, digits and dashes")
    .optional()
    .describe("such as `vite`, `next`, `express`, `flask`, `static`"),
  packageManager: PackageManager.optional(),
  scripts: z
    .array(shownText(maxScriptNameLength))
    .max(maxProjectScripts)
    .optional()
    .describe("names of the scripts it has"),
  command: shownText(maxCommandLineLength).optional().describe("the command line that starts its server"),
  port: z.int().min(1).max(65_535).optional().describe("where that server usually is"),
  portArguments: shownText(100)
    .optional()
    .describe("appended to the command for another port, which `{port}` stands for; absent: `PORT` in its environment"),
});
export type Project = z.infer<typeof Project>;
