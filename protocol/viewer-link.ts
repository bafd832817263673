import * as z from "zod";
import { Member, Preview, Prompt, Run, Runner, TerminalSize } from "#protocol/documents";
import { WireError } from "#protocol/errors";
import { CommandId, ConnectionId, MemberId, RelayId, RunId } from "#protocol/ids";
import { Actor } from "#protocol/payloads";
import type { Role } from "#protocol/roles";
import { ProtocolRange } from "#protocol/version";

/**
 * The link between a viewer and the relay: one WebSocket at `/api/viewer-link` for everything that a browser, a
 * webview or a CLI watches. Its first message is `hello` with a single-use ticket (`POST /api/tickets`); changes of
 * documents go by REST. `records` and `snapshot` frames come down and `input` frames go up as binary.
 *
 * Opening a run: `run.watch`, then the relay sends `run.watching`, a snapshot frame where there is one, and the
 * records behind it, live from there on. A viewer that was here before passes the last seq it has shown as `afterSeq`
 * and gets no snapshot unless the tail is too long. Records at or below what was shown are ignored, so everything is
 * shown exactly once. Each watch has credit, counted in bytes of `output` payload: while there is some the relay sends
 * the next frame, so it overdraws by less than one; the viewer grants what it has consumed. A snapshot costs nothing.
 */
const Epoch = z.int().min(0);

/** Every message of a viewer, with the role that it needs. `hello` is the only one before the connection is known. */
export const viewerCommands = {
  hello: {
    role: undefined,
    schema: z.object({ type: z.literal("hello"), protocol: ProtocolRange, ticket: z.string().max(200) }),
  },
  ping: {
    role: "viewer",
    schema: z
      .object({ type: z.literal("ping"), id: CommandId })
      .describe("answered by a reply: browsers cannot see the pings of the socket itself, nor that it is dead"),
  },
  "run.watch": {
    role: "viewer",
    schema: z.object({
      type: z.literal("run.watch"),
      runId: RunId,
      afterSeq: z.int().min(0).optional().describe("absent: start from a snapshot; 0: from the first record"),
      creditBytes: z.int().min(1),
    }),
  },
  "run.unwatch": { role: "viewer", schema: z.object({ type: z.literal("run.unwatch"), runId: RunId }) },
  "run.credit": {
    role: "viewer",
    schema: z.object({ type: z.literal("run.credit"), runId: RunId, bytes: z.int().min(1) }),
  },
  "lease.take": { role: "approver", schema: z.object({ type: z.literal("lease.take"), id: CommandId, runId: RunId }) },
  "lease.release": {
    role: "approver",
    schema: z.object({ type: z.literal("lease.release"), runId: RunId, leaseEpoch: Epoch }),
  },
  "run.resize": {
    role: "approver",
    schema: z.object({ type: z.literal("run.resize"), runId: RunId, leaseEpoch: Epoch, size: TerminalSize }),
  },
} as const satisfies Record<string, { role: Role | undefined; schema: z.ZodType }>;

/** The role that binary `input` frames need: typing can answer an agent. */
export const inputFrameRole: Role = "approver";

export const toViewer = {
  welcome: z
    .object({
      type: z.literal("welcome"),
      version: z.int(),
      relayId: RelayId,
      connection: ConnectionId,
      member: Member,
      now: z.number().describe("the relay's clock, so that ages are shown by it"),
      more: z
        .boolean()
        .optional()
        .describe("the lists are the first part of the state: the rest follows as `changed`, up to `complete`"),
      members: z.array(Member),
      runners: z.array(Runner),
      previews: z.array(Preview).optional().describe("the open ones"),
      prompts: z.array(Prompt).describe("the open ones"),
      runs: z.array(Run).describe("the open ones; ended ones are paged by `GET /api/runs`"),
      health: WireError.optional().describe("why the relay cannot store anything right now"),
    })
    .describe("the state as of now; every change behind it comes as `changed`"),
  error: z.object({ type: z.literal("error"), re: CommandId.optional(), runId: RunId.optional(), error: WireError }),
  reply: z.object({ type: z.literal("reply"), re: CommandId, result: z.unknown().optional() }),
  changed: z.object({
    type: z.literal("changed"),
    complete: z.boolean().optional().describe("with this one, everything of a `welcome` with `more` is here"),
    members: z.array(Member).optional(),
    runners: z.array(Runner).optional(),
    previews: z.array(Preview).optional(),
    prompts: z.array(Prompt).optional(),
    runs: z.array(Run).optional(),
  }),
  "run.watching": z.object({
    type: z.literal("run.watching"),
    runId: RunId,
    fromSeq: z.int().min(0).describe("records come from here on"),
    headSeq: z.int().min(0),
    snapshot: z.boolean().describe("a snapshot frame comes first; what was shown before is replaced"),
    lease: z.object({ leaseEpoch: Epoch, holder: Actor.optional(), yours: z.boolean() }),
    watchers: z.array(Actor),
  }),
  "run.stale": z
    .object({ type: z.literal("run.stale"), runId: RunId })
    .describe("too far behind: the queue was dropped, watch again when visible"),
  "run.watchers": z.object({ type: z.literal("run.watchers"), runId: RunId, watchers: z.array(Actor) }),
  "lease.changed": z.object({
    type: z.literal("lease.changed"),
    runId: RunId,
    leaseEpoch: Epoch,
    holder: Actor.optional(),
    yours: z.boolean(),
  }),
  "relay.health": z
    .object({ type: z.literal("relay.health"), error: WireError.optional() })
    .describe("the relay cannot store anything right now, and why; without an error it can again"),
  "signed-out": z
    .object({ type: z.literal("signed-out"), memberId: MemberId, error: WireError })
    .describe("the session ended or the member was removed"),
} as const;

export const ToRelayFromViewer = z.discriminatedUnion(
  "type",
  Object.values(viewerCommands).map((row) => row.schema) as unknown as readonly [
    CommandSchema<keyof typeof viewerCommands>,
    ...CommandSchema<keyof typeof viewerCommands>[],
  ],
);
type CommandSchema<K extends keyof typeof viewerCommands> = (typeof viewerCommands)[K]["schema"];
export type ViewerCommand = {
  [K in keyof typeof viewerCommands]: z.infer<CommandSchema<K>>;
}[keyof typeof viewerCommands];

export const ToViewer = z.discriminatedUnion(
  "type",
  Object.values(toViewer) as unknown as readonly [
    (typeof toViewer)[keyof typeof toViewer],
    ...(typeof toViewer)[keyof typeof toViewer][],
  ],
);
export type ToViewer = { [K in keyof typeof toViewer]: z.infer<(typeof toViewer)[K]> }[keyof typeof toViewer];
