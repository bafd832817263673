import * as z from "zod";
import { BuildWish } from "#protocol/documents";

/** What a build does, as its program is told: the first argument, as JSON. */
export const BuildSpec = z.object({
  /** The runner's folder, a real path. */
  root: z.string(),
  /** Where the template goes: below the root, new or empty. */
  target: z.string(),
  /** The real path of the nearest folder that was there; the target may not come to lie elsewhere. */
  within: z.string(),
  wish: BuildWish,
  /** The user's shell and its options; the set-up command comes behind them. */
  shell: z.array(z.string()).min(1),
  /** Variables that the agent alone is given, such as its keys: a set-up command runs what strangers have published. */
  agentOnly: z.array(z.string()),
  /** What renders the agent's output tells its plan, so it is told where. */
  agentTellsSteps: z.boolean(),
});
export type BuildSpec = z.infer<typeof BuildSpec>;
