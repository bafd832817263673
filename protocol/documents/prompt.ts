import * as z from "zod";
import { maxPathLength, maxPromptExtrasJsonBytes } from "#protocol/caps";
import { PromptAttachments } from "#protocol/documents/attachment";
import {
  Access,
  AgentId,
  Environment,
  jsonBytes,
  Label,
  PromptText,
  RunMode,
  Signature,
  stored,
  Timestamp,
} from "#protocol/documents/fields";
import { ServerWish } from "#protocol/documents/server";
import { BuildWish } from "#protocol/documents/template";
import { WireError } from "#protocol/errors";
import { MemberId, PromptId, RunId, RunnerId, ThreadId } from "#protocol/ids";

const promptStates = [
  "queued",
  "waiting",
  "claimed",
  "started",
  "done",
  "failed",
  "cancelled",
  "declined",
  "expired",
  "timed-out",
  "lost",
  "unknown",
] as const;
export const PromptState = z.enum(promptStates);
export type PromptState = z.infer<typeof PromptState>;
export const openPromptStates: readonly PromptState[] = ["queued", "waiting", "claimed", "started", "unknown"];

/** Where a prompt goes: to one runner, or to any runner that carries the label. */
export const PromptTarget = z.union([z.object({ runnerId: RunnerId }), z.object({ label: Label })]);
export type PromptTarget = z.infer<typeof PromptTarget>;

export const PromptBody = z
  .looseObject({
    text: PromptText,
    folder: z.string().max(maxPathLength).optional().describe("below the runner's folder; default: that folder"),
    env: Environment.optional(),
    build: BuildWish.optional(),
    server: ServerWish.optional(),
    attachments: PromptAttachments.optional(),
  })
  .refine((body) => jsonBytes({ ...body, text: "" }) <= maxPromptExtrasJsonBytes, {
    message: `at most ${maxPromptExtrasJsonBytes} bytes besides its text`,
  });
export type PromptBody = z.infer<typeof PromptBody>;

export const Prompt = z.looseObject({
  ...stored,
  id: PromptId,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  memberId: MemberId,
  target: PromptTarget,
  agent: AgentId,
  mode: RunMode,
  access: Access,
  threadId: ThreadId,
  afterRunId: RunId.optional().describe("a follow-up waits for this run's end and resumes its session"),
  state: PromptState,
  attempt: z.int().min(1),
  position: z.number().describe("order in the queue, ascending"),
  claimedBy: RunnerId.optional(),
  claimedAt: Timestamp.optional(),
  runId: RunId.optional(),
  endedAt: Timestamp.optional(),
  reason: WireError.optional().describe("why it failed or was declined"),
  idempotencyKey: z.string().max(200).optional(),
  signature: Signature.optional(),
  body: PromptBody,
});
export type Prompt = z.infer<typeof Prompt>;
