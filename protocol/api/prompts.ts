import * as z from "zod";
import { cursorPage, type Endpoint, one } from "#protocol/api/endpoint";
import { maxPromptExpiryMs } from "#protocol/caps";
import { Access, AgentId, Prompt, PromptBody, PromptTarget, PromptText, RunMode } from "#protocol/documents";
import { PromptId, RunId, ThreadId } from "#protocol/ids";

export const NewPrompt = z.object({
  target: PromptTarget,
  agent: AgentId,
  mode: RunMode.default("once"),
  access: Access.default("edit"),
  afterRunId: RunId.optional(),
  threadId: ThreadId.optional(),
  expiresInMs: z.int().min(1_000).max(maxPromptExpiryMs).optional(),
  signature: z.string().max(4_096).optional(),
  body: PromptBody,
});
export type NewPrompt = z.input<typeof NewPrompt>;

export const PromptChange = z.object({
  rev: z.int().describe("of the prompt as it was seen; another one answers revision_conflict"),
  text: PromptText.optional(),
  agent: AgentId.optional(),
  mode: RunMode.optional(),
  access: Access.optional(),
  target: PromptTarget.optional(),
  before: z
    .union([PromptId, z.literal("last")])
    .optional()
    .describe("moves it in front of this one"),
});

/** The queue. */
export const promptEndpoints = {
  queuePrompt: {
    method: "POST",
    path: "/api/prompts",
    role: "prompter",
    scope: "prompt",
    summary: "Queue a prompt (header `Idempotency-Key`)",
    body: NewPrompt,
    response: Prompt,
  },
  listPrompts: {
    method: "GET",
    path: "/api/prompts",
    role: "viewer",
    scope: "read",
    summary: "Open prompts in order; or ended ones, newest first",
    query: z.object({
      ...cursorPage,
      state: z
        .enum(["open", "ended", "never-started"])
        .default("open")
        .describe("never-started: ended without a run; a page of ended ones may be short and still have a `next`"),
      q: z.string().max(200).optional().describe("words of ended ones"),
    }),
    response: z.object({ prompts: z.array(Prompt), next: z.string().optional() }),
  },
  readPrompt: {
    method: "GET",
    path: "/api/prompts/:id",
    role: "viewer",
    scope: "read",
    summary: "One prompt",
    params: one(PromptId),
    response: Prompt,
  },
  changePrompt: {
    method: "PATCH",
    path: "/api/prompts/:id",
    role: "prompter",
    scope: "prompt",
    summary: "Edit or move a queued prompt",
    params: one(PromptId),
    body: PromptChange,
    response: Prompt,
  },
  cancelPrompt: {
    method: "DELETE",
    path: "/api/prompts/:id",
    role: "prompter",
    scope: "prompt",
    summary: "Cancel a prompt that has not started",
    params: one(PromptId),
    response: Prompt,
  },
  restartPrompt: {
    method: "POST",
    path: "/api/prompts/:id/restart",
    role: "prompter",
    scope: "prompt",
    summary: "Start an `unknown` prompt again, knowing that it may have run",
    params: one(PromptId),
    response: Prompt,
  },
  forgetPrompt: {
    method: "POST",
    path: "/api/prompts/:id/forget",
    role: "prompter",
    scope: "prompt",
    summary: "Give an `unknown` prompt up",
    params: one(PromptId),
    response: Prompt,
  },
} as const satisfies Record<string, Endpoint>;
