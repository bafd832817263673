import * as z from "zod";
import { RunId } from "#protocol/ids";

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
