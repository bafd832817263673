import * as z from "zod";
import { cursorPage, type Endpoint, one } from "#protocol/api/endpoint";
import { Run, RunStatus } from "#protocol/documents";
import { RunId, RunnerId, ThreadId } from "#protocol/ids";

/** Runs and their logs. */
export const runEndpoints = {
  listRuns: {
    method: "GET",
    path: "/api/runs",
    role: "viewer",
    scope: "read",
    summary: "Runs, newest first",
    query: z.object({
      ...cursorPage,
      q: z.string().max(200).optional().describe("words; a page may be short, or empty, and still have a `next`"),
      status: RunStatus.optional(),
      runnerId: RunnerId.optional(),
      threadId: ThreadId.optional(),
    }),
    response: z.object({ runs: z.array(Run), next: z.string().optional() }),
  },
  readRun: {
    method: "GET",
    path: "/api/runs/:id",
    role: "viewer",
    scope: "read",
    summary: "One run",
    params: one(RunId),
    response: Run,
  },
  cancelRun: {
    method: "POST",
    path: "/api/runs/:id/cancel",
    role: "prompter",
    scope: "prompt",
    summary: "Cancel a run: your own, or as an approver any",
    params: one(RunId),
  },
  streamRun: {
    method: "GET",
    path: "/api/runs/:id/stream",
    role: "viewer",
    scope: "read",
    media: "text/event-stream",
    params: one(RunId),
    summary: "Server-sent events `status`, `log`, `done`; ids are `seq.rev`, `Last-Event-ID` resumes",
  },
  readCast: {
    method: "GET",
    path: "/api/runs/:id/cast",
    role: "viewer",
    scope: "read",
    media: "application/x-asciicast",
    params: one(RunId),
    summary: "The terminal as asciicast v3",
  },
  readLog: {
    method: "GET",
    path: "/api/runs/:id/log",
    role: "viewer",
    scope: "read",
    media: "application/octet-stream",
    params: one(RunId),
    summary: "The raw terminal output",
  },
} as const satisfies Record<string, Endpoint>;
