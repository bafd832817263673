import * as z from "zod";
import { maxPathLength } from "#protocol/caps";
import { RunId } from "#protocol/ids";
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

/** The profile of dev servers: a command line that is there to stay, and takes no slot of its folder's queue. */
export const devServerAgent = "dev-server";

/** Whether an agent is one to be chosen for a prompt; a dev server is started from what it serves. */
export const isChosenForPrompts = (agent: { readonly id: string }): boolean => agent.id !== devServerAgent;

/** A prompt whose run is a dev server; its text is the command line. */
export const ServerWish = z.looseObject({
  restarts: z.boolean().default(false).describe("it is started again when it ends by itself with an error"),
  port: z.int().min(1_024).max(65_535).optional().describe("instead of its usual one"),
  replaces: RunId.optional().describe("a run that is ended first"),
});
export type ServerWish = z.infer<typeof ServerWish>;
