import * as z from "zod";
import {
  maxEnvironmentEntries,
  maxEnvironmentValueLength,
  maxLabels,
  maxNameLength,
  maxPathLength,
  maxPromptExtrasJsonBytes,
  maxPromptTextBytes,
  maxPromptTextJsonBytes,
  maxTerminalSize,
  maxTitleLength,
  minTerminalSize,
} from "#protocol/caps";
import { WireError } from "#protocol/errors";
import { DeviceId, InvitationId, MemberId, PromptId, RunId, RunnerId, ThreadId, TokenId } from "#protocol/ids";
import { Role } from "#protocol/roles";

/**
 * What the relay stores and shows. A document is a routing header, which the relay reads, and a `body`, which it only
 * keeps and passes on, so that bodies can be sealed end to end later. `v` is the version of the document's form,
 * `rev` grows with every change. Unknown fields survive (`looseObject`).
 */
const Timestamp = z.int().min(0).describe("milliseconds since the epoch");
const stored = { v: z.literal(1), rev: z.int().min(0) };

export const Name = z.string().trim().min(1).max(maxNameLength);
export const AgentId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/, "expected the id of a profile");
export type AgentId = string;
export const RunMode = z.enum(["once", "interactive"]);
export type RunMode = z.infer<typeof RunMode>;
export const Access = z.enum(["read", "edit", "full"]);
export type Access = z.infer<typeof Access>;
export const Visibility = z.enum(["local", "team"]);
export const Label = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, "expected a label");
export const EnvironmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "expected the name of a variable");
export const Environment = z
  .record(EnvironmentName, z.string().max(maxEnvironmentValueLength))
  .refine((env) => Object.keys(env).length <= maxEnvironmentEntries, `at most ${maxEnvironmentEntries} variables`);
export const PromptText = z
  .string()
  .min(1)
  .refine((text) => text.length <= maxPromptTextBytes && new TextEncoder().encode(text).length <= maxPromptTextBytes, {
    message: `at most ${maxPromptTextBytes} bytes`,
  })
  .refine((text) => jsonBytes(text) <= maxPromptTextJsonBytes, {
    message: `at most ${maxPromptTextJsonBytes} bytes as JSON`,
  })
  .refine((text) => text.trim() !== "", { message: "a prompt needs text" });
/** A prompt that makes the message around it larger than the wire's cap would cut the link of whoever gets it. */
function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
/** Room for the end-to-end layer: keys of a device, signature of a prompt or an answer. Kept and passed on unread. */
const Signature = z.string().max(4_096);

export const TerminalSize = z.object({
  cols: z.int().min(minTerminalSize.cols).max(maxTerminalSize.cols),
  rows: z.int().min(minTerminalSize.rows).max(maxTerminalSize.rows),
});
export type TerminalSize = z.infer<typeof TerminalSize>;

// ── Prompts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const promptStates = [
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

// ── Runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

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

/** How the keeper announces a run, once. Everything that happens later stands in the log. */
export const RunHeader = z.looseObject({
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
  createdAt: Timestamp,
  storeId: z.string().max(64).describe("names the keeper's log; a new one means that the log was begun anew"),
  body: RunBody,
});
export type RunHeader = z.infer<typeof RunHeader>;

/** A run as the relay knows it: the header, what the log says up to `headSeq`, and what only the relay can know. */
export const Run = RunHeader.extend({
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
  away: z.boolean().optional().describe("its runner is away; the work goes on there"),
  damage: z.object({ validSeq: z.int(), reason: z.string().max(200), foundAt: Timestamp }).optional(),
});
export type Run = z.infer<typeof Run>;

// ── Runners ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const RunnerPolicy = z.enum(["auto", "ask", "paused"]);
export type RunnerPolicy = z.infer<typeof RunnerPolicy>;
export const RunnerState = z.enum(["online", "paused", "away", "revoked"]);
export type RunnerState = z.infer<typeof RunnerState>;

/** One agent CLI as a runner found it. */
export const AgentInfo = z.looseObject({
  id: AgentId,
  name: Name,
  icon: z.string().max(40).optional(),
  version: z.string().max(80).optional(),
  available: z.boolean(),
  install: z.string().max(400).optional().describe("how to install it, where it is missing"),
  missingEnvironment: z.array(EnvironmentName).optional().describe("keys it asks for that are not set"),
  modes: z.partialRecord(RunMode, z.array(Access)),
  resumes: z.boolean().optional().describe("a follow-up continues the session of the run before"),
});
export type AgentInfo = z.infer<typeof AgentInfo>;

/** What a runner says of itself at hello and, where it changes, in heartbeats. */
export const RunnerReport = z.looseObject({
  policy: RunnerPolicy,
  version: z.string().max(40),
  agents: z.array(AgentInfo).max(64),
  load: z.number().min(0).optional().describe("one-minute load average per core"),
  freeDiskBytes: z.number().min(0).optional(),
  runningRuns: z.int().min(0),
  checkedAt: Timestamp,
});
export type RunnerReport = z.infer<typeof RunnerReport>;

export const RunnerBody = z.looseObject({
  name: Name,
  host: z.string().max(255),
  folder: z.string().max(maxPathLength),
  platform: z.string().max(40),
  editor: z.string().max(80).optional().describe("name and version, where an editor is the runner"),
  labels: z.array(Label).max(maxLabels).optional().describe("wished for; counts where it is paired for the first time"),
  concurrency: z.int().min(1).max(64).optional().describe("wished for, as the labels"),
});
export type RunnerBody = z.infer<typeof RunnerBody>;

export const Runner = z.looseObject({
  ...stored,
  id: RunnerId,
  memberId: MemberId.describe("who approved the pairing"),
  deviceId: DeviceId,
  pairedAt: Timestamp,
  state: RunnerState,
  lastSeenAt: Timestamp,
  labels: z.array(Label).max(maxLabels),
  concurrency: z.int().min(1).max(64).describe("`once` runs at a time"),
  promptedBy: z
    .union([z.literal("team"), z.array(MemberId).max(200)])
    .describe("who may prompt it; set by its own member"),
  report: RunnerReport.optional(),
  body: RunnerBody,
});
export type Runner = z.infer<typeof Runner>;

// ── People ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const Member = z.looseObject({
  ...stored,
  id: MemberId,
  name: Name,
  role: Role,
  createdAt: Timestamp,
  removedAt: Timestamp.optional(),
});
export type Member = z.infer<typeof Member>;

export const PublicKey = z.object({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type PublicKey = z.infer<typeof PublicKey>;

export const Device = z.looseObject({
  ...stored,
  id: DeviceId,
  memberId: MemberId,
  kind: z.enum(["browser", "runner", "cli"]),
  name: z.string().max(200),
  keys: z.array(PublicKey).max(8),
  createdAt: Timestamp,
  lastSeenAt: Timestamp,
  revokedAt: Timestamp.optional(),
});
export type Device = z.infer<typeof Device>;

export const Invitation = z.looseObject({
  ...stored,
  id: InvitationId,
  role: Role,
  createdBy: MemberId,
  createdAt: Timestamp,
  expiresAt: Timestamp,
  uses: z.int().min(0).describe("how often it can still be used"),
});
export type Invitation = z.infer<typeof Invitation>;

export const tokenScopes = ["read", "prompt", "approve"] as const;
export const TokenScope = z.enum(tokenScopes);
export const AccessToken = z.looseObject({
  ...stored,
  id: TokenId,
  memberId: MemberId,
  name: Name,
  scopes: z.array(TokenScope).min(1),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  lastUsedAt: Timestamp.optional(),
});
export type AccessToken = z.infer<typeof AccessToken>;

export const JoinToken = z.looseObject({
  ...stored,
  id: TokenId,
  memberId: MemberId.describe("who made it; its runners carry this member"),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  uses: z.int().min(0),
  labels: z.array(Label).max(maxLabels),
});
export type JoinToken = z.infer<typeof JoinToken>;

export const AuditEntry = z.looseObject({
  at: Timestamp,
  memberId: MemberId.optional(),
  deviceId: DeviceId.optional(),
  action: z.string().max(80),
  target: z.string().max(120).optional(),
  from: z.string().max(80).describe("the address of the client"),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
