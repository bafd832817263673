import * as z from "zod";
import { type Endpoint, one } from "#protocol/api/endpoint";
import { maxLabels } from "#protocol/caps";
import { Label, Name, Runner } from "#protocol/documents";
import { RunnerId } from "#protocol/ids";

/** The runners that are paired. */
export const runnerEndpoints = {
  listRunners: {
    method: "GET",
    path: "/api/runners",
    role: "viewer",
    scope: "read",
    summary: "All runners",
    response: z.object({ runners: z.array(Runner) }),
  },
  changeRunner: {
    method: "PATCH",
    path: "/api/runners/:id",
    role: "prompter",
    summary: "Change a runner: its own member or an owner",
    params: one(RunnerId),
    body: z.object({
      name: Name.optional(),
      labels: z.array(Label).max(maxLabels).optional(),
      concurrency: z.int().min(1).max(64).optional(),
      promptedBy: Runner.shape.promptedBy.optional().describe("only its own member"),
    }),
    response: Runner,
  },
  checkRunner: {
    method: "POST",
    path: "/api/runners/:id/check",
    role: "viewer",
    scope: "read",
    summary: "Ask a runner for its report now",
    params: one(RunnerId),
    response: Runner,
  },
  revokeRunner: {
    method: "DELETE",
    path: "/api/runners/:id",
    role: "owner",
    summary: "Revoke a runner; its socket closes",
    params: one(RunnerId),
  },
} as const satisfies Record<string, Endpoint>;
