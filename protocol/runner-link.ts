import * as z from "zod";
import { maxOpenPreviewsPerRunner } from "#protocol/caps";
import {
  Name,
  Preview,
  PreviewHosts,
  PreviewPort,
  Prompt,
  PublicAddress,
  RunHeader,
  RunnerBody,
  RunnerReport,
  TerminalSize,
} from "#protocol/documents";
import { WireError } from "#protocol/errors";
import { CommandId, DeviceId, MemberId, PreviewId, PromptId, RelayId, RunId, RunnerId, StoreId } from "#protocol/ids";
import { Actor } from "#protocol/payloads";
import { ProtocolRange } from "#protocol/version";

/**
 * The link between a runner and its relay: one WebSocket, dialled by the runner at `/api/runner-link`. Control is
 * JSON text, one message each; `records` and `snapshot` frames go up and `input` frames go down as binary.
 *
 * The order at the start: relay `challenge`, runner `hello`, relay `welcome` or `error` and close. Then the runner
 * sends each run from the seq that `welcome` named. Of the two directions each request carries an `id` and is
 * answered by exactly one `reply` with the same `re`.
 */
const Seq = z.int().min(0);
const Attempt = z.int().min(1);
const claim = { promptId: PromptId, attempt: Attempt };

/** What a runner signs (JWS compact, EdDSA) to prove its key: bound to this relay, this socket and this runner. */
export const LinkProof = z.object({
  purpose: z.literal("baton-runner-link"),
  nonce: z.string(),
  relayId: RelayId,
  runnerId: RunnerId,
});
export type LinkProof = z.infer<typeof LinkProof>;

export const toRelay = {
  hello: z.object({
    type: z.literal("hello"),
    protocol: ProtocolRange,
    runnerId: RunnerId,
    deviceId: DeviceId,
    proof: z.string().max(2_048),
    body: RunnerBody,
    report: RunnerReport,
    runs: z
      .array(z.object({ runId: RunId, storeId: z.string().max(64), headSeq: Seq, ended: z.boolean() }))
      .max(1_000)
      .describe("every run whose log this runner can still send"),
  }),
  heartbeat: z.object({ type: z.literal("heartbeat"), report: RunnerReport.optional() }),
  reply: z.object({
    type: z.literal("reply"),
    re: CommandId,
    error: WireError.optional(),
    result: z.unknown().optional(),
  }),
  "run.begin": z
    .object({ type: z.literal("run.begin"), header: RunHeader })
    .describe("announces a run, before its first record"),
  "run.lost": z
    .object({ type: z.literal("run.lost"), runId: RunId })
    .describe("its keeper is dead, so nothing will ever be appended to its log"),
  "prompt.claim": z
    .object({ type: z.literal("prompt.claim"), id: CommandId, ...claim })
    .describe("asks for the prompt; it belongs to this runner as soon as the reply is there, and starts only then"),
  "prompt.waiting": z.object({ type: z.literal("prompt.waiting"), ...claim }).describe("the local user is being asked"),
  "prompt.declined": z.object({ type: z.literal("prompt.declined"), ...claim, reason: WireError.optional() }),
  "prompt.started": z.object({ type: z.literal("prompt.started"), ...claim, runId: RunId }),
  "prompt.failed": z
    .object({ type: z.literal("prompt.failed"), ...claim, reason: WireError })
    .describe("it could not be started"),
  "prompt.never-seen": z
    .object({ type: z.literal("prompt.never-seen"), ...claim })
    .describe("the keeper has no trace of this claim, so it may be queued again"),
  "preview.open": z
    .object({
      type: z.literal("preview.open"),
      id: CommandId,
      port: PreviewPort,
      name: Name.optional(),
      runId: RunId.optional(),
    })
    .describe("the local user shows a port, or a run of the team has opened it; answered by the preview"),
  "preview.address": PublicAddress.extend({
    type: z.literal("preview.address"),
    id: CommandId,
    previewId: PreviewId,
  }).describe("the public address of a preview of this runner, or why there is none"),
  "preview.close": z.object({ type: z.literal("preview.close"), id: CommandId, previewId: PreviewId }),
  "tunnel.ticket": z
    .object({ type: z.literal("tunnel.ticket"), id: CommandId })
    .describe("answered by a ticket, with which this runner opens its tunnel"),
  "lease.changed": z.object({
    type: z.literal("lease.changed"),
    runId: RunId,
    leaseEpoch: z.int().min(0),
    holder: Actor.optional(),
    connection: z.string().max(64).optional().describe("the viewer connection that was granted it"),
  }),
} as const;

export const toRunner = {
  challenge: z.object({
    type: z.literal("challenge"),
    nonce: z.string().max(128),
    relayId: RelayId,
    protocol: ProtocolRange,
  }),
  welcome: z.object({
    type: z.literal("welcome"),
    version: z.int(),
    storeId: StoreId,
    team: z.string().max(80),
    memberId: MemberId,
    now: z.number(),
    previewHosts: PreviewHosts.optional(),
    runs: z
      .array(z.object({ runId: RunId, durableSeq: Seq }))
      .describe("for each run of the hello: what is durable here"),
    claims: z
      .array(z.object({ promptId: PromptId, attempt: Attempt }))
      .describe("claims of this runner that were never seen to start; it answers each with started or never-seen"),
  }),
  error: z.object({ type: z.literal("error"), error: WireError }).describe("the relay closes the socket behind it"),
  reply: z.object({
    type: z.literal("reply"),
    re: CommandId,
    error: WireError.optional(),
    result: z.unknown().optional(),
  }),
  "prompt.offer": z.object({
    type: z.literal("prompt.offer"),
    prompt: Prompt,
    author: z.object({ memberId: MemberId, name: z.string() }),
    resume: z
      .object({ runId: RunId, sessionId: z.string().max(200).optional() })
      .optional()
      .describe("the ended run whose session this follow-up continues"),
  }),
  "prompt.withdraw": z
    .object({ type: z.literal("prompt.withdraw"), ...claim })
    .describe("cancelled or changed before it was claimed"),
  "run.ack": z.object({ type: z.literal("run.ack"), acks: z.array(z.object({ runId: RunId, seq: Seq })).min(1) }),
  "run.resend": z
    .object({ type: z.literal("run.resend"), runId: RunId, fromSeq: Seq })
    .describe("a hole was seen; send again from here"),
  "run.cancel": z.object({ type: z.literal("run.cancel"), id: CommandId, runId: RunId, by: Actor }),
  "run.resize": z.object({ type: z.literal("run.resize"), runId: RunId, leaseEpoch: z.int(), size: TerminalSize }),
  "run.watchers": z.object({ type: z.literal("run.watchers"), runId: RunId, watchers: z.array(Actor).max(200) }),
  "lease.take": z.object({
    type: z.literal("lease.take"),
    id: CommandId,
    runId: RunId,
    by: Actor,
    connection: z.string().max(64),
  }),
  "lease.release": z.object({ type: z.literal("lease.release"), runId: RunId, leaseEpoch: z.int() }),
  "snapshot.request": z.object({ type: z.literal("snapshot.request"), id: CommandId, runId: RunId }),
  "preview.open": z
    .object({ type: z.literal("preview.open"), id: CommandId, port: PreviewPort, by: Actor })
    .describe("asks whether the port may be shown; the runner then opens its tunnel, unless it is open"),
  previews: z
    .object({ type: z.literal("previews"), previews: z.array(Preview).max(maxOpenPreviewsPerRunner) })
    .describe("all open previews of this runner; it answers for no other ports"),
  "runner.check": z.object({ type: z.literal("runner.check"), id: CommandId }),
} as const;

export const ToRelay = z.discriminatedUnion("type", Object.values(toRelay) as unknown as Members<typeof toRelay>);
export type ToRelay = { [K in keyof typeof toRelay]: z.infer<(typeof toRelay)[K]> }[keyof typeof toRelay];
export const ToRunner = z.discriminatedUnion("type", Object.values(toRunner) as unknown as Members<typeof toRunner>);
export type ToRunner = { [K in keyof typeof toRunner]: z.infer<(typeof toRunner)[K]> }[keyof typeof toRunner];

type Members<T extends Record<string, unknown>> = readonly [T[keyof T], ...T[keyof T][]];
