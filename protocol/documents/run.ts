import * as z from "zod";
import {
  maxPathLength,
  maxPromptTextBytes,
  maxPromptTextJsonBytes,
  maxRunHeaderExtrasJsonBytes,
  maxTitleLength,
} from "#protocol/caps";
import {
  Access,
  AgentId,
  jsonBytes,
  RunMode,
  stored,
  TerminalSize,
  Timestamp,
  Visibility,
} from "#protocol/documents/fields";
import { maxRunPorts, RunPort, ShownStep } from "#protocol/documents/progress";
import { Project } from "#protocol/documents/project";
import { ServerWish } from "#protocol/documents/server";
import { BuildWish } from "#protocol/documents/template";
import { EvidenceSummary } from "#protocol/evidence";
import { MemberId, PromptId, RelayId, RunId, RunnerId, ThreadId } from "#protocol/ids";

export const RunStatus = z.enum(["starting", "running", "needs-you", "ended"]);
export type RunStatus = z.infer<typeof RunStatus>;
export const RunEnd = z.enum(["exited", "cancelled", "timed-out", "lost", "failed"]);
export type RunEnd = z.infer<typeof RunEnd>;

export const RunBody = z.looseObject({
  title: z.string().max(maxTitleLength),
  prompt: z.string().max(maxPromptTextBytes).optional(),
  cwd: z.string().max(maxPathLength),
  command: z.string().max(maxPathLength).describe("the command as a person would read it, without the prompt"),
});
export type RunBody = z.infer<typeof RunBody>;

/**
 * The one relay that a team run goes to, as its runner was paired with it. Both parts count: an id is only what a relay
 * says of itself, and at one address there may be another relay tomorrow.
 */
export const SharedWith = z.looseObject({
  relayId: RelayId,
  url: z.string().max(maxPathLength).describe("the relay's address, without a slash at its end"),
});
export type SharedWith = z.infer<typeof SharedWith>;

/** How the keeper announces a run, once. Everything that happens later stands in the log. */
const runHeader = z.looseObject({
  v: z.literal(1),
  id: RunId,
  runnerId: RunnerId,
  threadId: ThreadId,
  promptId: PromptId.optional(),
  attempt: z.int().min(1).optional(),
  memberId: MemberId.optional().describe("who asked; absent for a run that was started by hand without a relay"),
  agent: AgentId,
  mode: RunMode,
  access: Access,
  visibility: Visibility,
  sharedWith: SharedWith.optional().describe("where the run is a team run; absent: by a version that did not say"),
  createdAt: Timestamp,
  server: ServerWish.optional().describe("it is a dev server"),
  build: BuildWish.optional().describe("it began with a template"),
  storeId: z.string().max(64).describe("names the keeper's log; a new one means that the log was begun anew"),
  tunnelPort: z.int().min(1).max(65_535).optional().describe("it keeps this port at a public address"),
  body: RunBody,
});
export const RunHeader = runHeader
  .refine(({ body }) => jsonBytes(body.prompt ?? "") <= maxPromptTextJsonBytes, {
    path: ["body", "prompt"],
    message: `at most ${maxPromptTextJsonBytes} bytes as JSON`,
  })
  .refine((header) => jsonBytes({ ...header, body: { ...header.body, prompt: "" } }) <= maxRunHeaderExtrasJsonBytes, {
    message: `at most ${maxRunHeaderExtrasJsonBytes} bytes as JSON besides its prompt`,
  });
export type RunHeader = z.infer<typeof RunHeader>;

/** Whether a run is a team run of this relay: no other one hears of it. */
export const isSharedWith = (
  { visibility, sharedWith }: Pick<RunHeader, "visibility" | "sharedWith">,
  relay: SharedWith,
): boolean => visibility === "team" && sharedWith?.relayId === relay.relayId && sharedWith.url === relay.url;

/** A run as the relay knows it: the header, what the log says up to `headSeq`, and what only the relay can know. */
export const Run = runHeader.extend({
  rev: stored.rev,
  status: RunStatus,
  startedAt: Timestamp.optional(),
  endedAt: Timestamp.optional(),
  end: RunEnd.optional(),
  exitCode: z.int().optional(),
  signal: z.string().max(32).optional(),
  cancelledBy: MemberId.optional(),
  headSeq: z.int().min(0),
  outputBytes: z.int().min(0),
  size: TerminalSize.optional(),
  lastOutputAt: Timestamp.optional(),
  receivedAt: Timestamp.describe("when the relay first heard of it, by the relay's clock"),
  sessionId: z.string().max(200).optional().describe("the agent's own session, which a follow-up resumes"),
  evidence: z
    .looseObject({ start: EvidenceSummary.optional(), end: EvidenceSummary.optional() })
    .optional()
    .describe("what the runner's editor, or Git, knew before and after"),
  steps: z.array(ShownStep).max(16).optional().describe("how far it is, in the order in which they began"),
  ports: z.array(RunPort).max(maxRunPorts).optional().describe("those that are open"),
  project: Project.optional(),
  away: z.boolean().optional().describe("its runner is away; the work goes on there"),
  damage: z.object({ validSeq: z.int(), reason: z.string().max(200), foundAt: Timestamp }).optional(),
});
export type Run = z.infer<typeof Run>;
