import * as z from "zod";
import { Timestamp } from "#protocol/documents/fields";
import { WireError } from "#protocol/errors";

/** How far a build, or a dev server, is. */
export const Step = z.looseObject({
  step: z.enum(["scaffold", "set-up", "agent", "plan", "files", "server", "restart", "preview"]),
  state: z.enum(["started", "done", "failed", "skipped", "cancelled"]),
  params: z.record(z.string().max(40), z.union([z.string().max(1_000), z.number(), z.boolean()])).default({}),
  error: WireError.optional(),
});
export type Step = z.infer<typeof Step>;

/** A step as it stands in a run's document, with the times of its first record and of the one that ended it. */
export const ShownStep = Step.extend({ startedAt: Timestamp, endedAt: Timestamp.optional() });
export type ShownStep = z.infer<typeof ShownStep>;

/**
 * A port of the run's machine. `process`: one of the run's own processes listens there; `output`: the run has only
 * named it. It is `ready` when it has answered a request.
 */
export const RunPort = z.looseObject({
  port: z.int().min(1).max(65_535),
  state: z.enum(["listening", "ready", "closed"]),
  found: z.enum(["process", "output"]),
  pid: z.int().optional(),
  url: z.string().max(2_000).optional().describe("where everybody can reach it, through a tunnel of another company"),
});
export type RunPort = z.infer<typeof RunPort>;
/** Ports that a run's document names. */
export const maxRunPorts = 16;
