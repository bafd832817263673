import * as z from "zod";
import { maxPathLength } from "#protocol/caps";
import { Name } from "#protocol/shown-text";

/** What a project installs its packages with, told by its lock file. */
export const PackageManager = z.enum(["npm", "pnpm", "yarn", "bun", "pip", "uv", "poetry"]);
export type PackageManager = z.infer<typeof PackageManager>;

/** A folder with something that can be run. */
export const Project = z.looseObject({
  folder: z.string().max(maxPathLength).describe("below the runner's folder, with `/`; empty: that folder"),
  name: Name,
  framework: z.string().max(40).optional().describe("such as `vite`, `next`, `express`, `flask`, `static`"),
  packageManager: PackageManager.optional(),
  scripts: z.array(z.string().max(100)).max(50).optional().describe("names of the scripts it has"),
  command: z.string().max(1_000).optional().describe("the command line that starts its server"),
  port: z.int().min(1).max(65_535).optional().describe("where that server usually is"),
});
export type Project = z.infer<typeof Project>;
