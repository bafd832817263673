import * as z from "zod";
import { maxEnvironmentValueLength, maxPathLength, maxPromptTextBytes } from "#protocol/caps";
import { RunHeader, RunStatus, RunTunnel, SharedWith, TerminalSize } from "#protocol/documents";
import { WireError } from "#protocol/errors";
import { Evidence } from "#protocol/evidence";
import { CommandId, PromptId, RunId, RunnerId } from "#protocol/ids";
import { Actor, recordPayloads } from "#protocol/payloads";
import { ProtocolRange } from "#protocol/version";

/**
 * The link between a runner and the keeper: a Unix socket (0600) or a named pipe, framed as in `stream.ts`. The first
 * message is `hello` with the keeper's token. Every request carries an `id` and is answered by one `reply`
 * (`list` by several, all but the last with `more`).
 *
 * `records`, `snapshot` frames come from the keeper and `input` frames go to it. An attached run is sent from
 * `fromSeq`, live from there on, as far as its credit goes.
 *
 * Frozen, so that an old keeper can be drained by a newer runner: list, attach, detach, credit, ack, input, resize,
 * signal, cancel.
 */
const request = { id: CommandId };
const Attempt = z.int().min(1);

/** How a process is spawned. No shell is involved: `argv` goes to the kernel as it is. */
export const SpawnCommand = z.object({
  argv: z.array(z.string().max(maxPromptTextBytes)).min(1).max(256),
  cwd: z.string().max(maxPathLength).describe("a real path; checked again by the keeper"),
  env: z.record(z.string(), z.string().max(maxEnvironmentValueLength * 4)).describe("the whole environment"),
  stdin: z.string().max(maxPromptTextBytes).optional().describe("given on a pipe instead of the terminal, then closed"),
  size: TerminalSize,
  cancelSignals: z
    .array(z.enum(["SIGINT", "SIGHUP", "SIGTERM"]))
    .max(4)
    .default(["SIGTERM"])
    .describe("in order, before SIGKILL"),
  watchesPorts: z.boolean().optional().describe("the ports it opens are looked for, and stand in its log"),
  tellsSteps: z.boolean().optional().describe("it says how far it is, in a file that a variable names to it"),
  maxRunMs: z.int().min(1_000).optional(),
  session: z
    .object({
      id: z.string().max(200).optional().describe("the one that was chosen for it"),
      printed: z
        .object({ pattern: z.string().max(400), pick: z.enum(["first", "last"]) })
        .optional()
        .describe("the output tells it: a regular expression with one group, over text without escape sequences"),
    })
    .optional()
    .describe("the agent's own session, which the exit record names; what is printed outranks what was chosen"),
});
export type SpawnCommand = z.infer<typeof SpawnCommand>;

export const KeeperRun = z.looseObject({
  header: RunHeader,
  status: RunStatus,
  lost: z.boolean().optional().describe("the keeper that began it is dead; the log stays as it is"),
  firstSeq: z.int().min(0).describe("the first record that is still held"),
  headSeq: z.int().min(0),
  ackedSeq: z.int().min(0),
  size: TerminalSize,
  pid: z.int().optional(),
  exit: recordPayloads.exit.optional(),
  damage: z
    .object({ validSeq: z.int().min(0), reason: z.string().max(200) })
    .optional()
    .describe("the log's tail was damaged and cut; everything up to `validSeq` is there"),
  stalled: z
    .string()
    .max(80)
    .optional()
    .describe("the disk takes nothing of its log, for this reason; its program is held up until it does"),
  ports: z.array(recordPayloads.port).optional().describe("those that are open"),
  project: recordPayloads.project.optional(),
  tunnel: RunTunnel.optional().describe("what it keeps at a public address"),
  step: recordPayloads.step.optional().describe("the newest"),
  lease: z.object({ leaseEpoch: z.int(), holder: Actor.optional(), connection: z.string().optional() }),
});
export type KeeperRun = z.infer<typeof KeeperRun>;

export const toKeeper = {
  hello: z.object({
    type: z.literal("hello"),
    ...request,
    protocol: ProtocolRange,
    token: z.string().max(200),
    client: z.string().max(80),
  }),
  list: z.object({ type: z.literal("list"), ...request, runnerId: RunnerId.optional() }),
  start: z
    .object({ type: z.literal("start"), ...request, header: RunHeader, command: SpawnCommand })
    .describe("idempotent by run id and by (promptId, attempt); the reply names the run, new or known"),
  seen: z
    .object({ type: z.literal("seen"), ...request, promptId: PromptId, attempt: Attempt })
    .describe("a reply without a run is final: that attempt is given up, and never starts any more"),
  attach: z.object({
    type: z.literal("attach"),
    ...request,
    runId: RunId,
    fromSeq: z.int().min(1),
    creditBytes: z.int().min(1),
  }),
  detach: z.object({ type: z.literal("detach"), ...request, runId: RunId }),
  credit: z.object({ type: z.literal("credit"), runId: RunId, bytes: z.int().min(1) }),
  ack: z
    .object({ type: z.literal("ack"), runId: RunId, seq: z.int().min(0) })
    .describe("durable on the relay up to here"),
  delivery: z
    .object({
      type: z.literal("delivery"),
      runnerId: RunnerId,
      online: z.boolean(),
      relay: SharedWith.optional().describe("whose runs are meant; absent: every team run"),
    })
    .describe("whether the relay takes output; without it an agent is never stopped for unacknowledged output"),
  resize: z
    .object({ type: z.literal("resize"), runId: RunId, leaseEpoch: z.int().optional(), size: TerminalSize, by: Actor })
    .describe("without an epoch it is the local terminal's own, which outranks"),
  signal: z.object({
    type: z.literal("signal"),
    ...request,
    runId: RunId,
    signal: z.enum(["SIGINT", "SIGTERM", "SIGKILL"]),
    by: Actor,
  }),
  cancel: z.object({ type: z.literal("cancel"), ...request, runId: RunId, by: Actor }),
  "lease.take": z
    .object({
      type: z.literal("lease.take"),
      ...request,
      runId: RunId,
      by: Actor,
      connection: z.string().max(64).optional(),
    })
    .describe("a local taker always gets it; a remote one unless the local user typed in the last two seconds"),
  "lease.release": z.object({ type: z.literal("lease.release"), runId: RunId, leaseEpoch: z.int() }),
  snapshot: z
    .object({ type: z.literal("snapshot"), ...request, runId: RunId })
    .describe("a snapshot frame, then the reply"),
  "leave-if-idle": z
    .object({ type: z.literal("leave-if-idle"), ...request })
    .describe("the keeper leaves where no run is at work; then it starts none any more, whoever asks"),
  share: z
    .object({
      type: z.literal("share"),
      ...request,
      runId: RunId,
      sharedWith: SharedWith.optional().describe("understood by a keeper that says `shared-with`"),
    })
    .describe("makes a local run a team run, of one relay; one that is a team run stays as it is"),
  witness: z
    .object({ type: z.literal("witness"), ...request, runId: RunId, runnerId: RunnerId })
    .describe(
      "only to a keeper that says `evidence`: the runner of the run will give evidence, so it is sent `run.ending`, " +
        "and the end waits for its note for at most three seconds. The newest witness counts",
    ),
  step: z
    .object({ type: z.literal("step"), ...request, runId: RunId, runnerId: RunnerId, step: recordPayloads.step })
    .describe("only to a keeper that says `steps`: what the runner knows of how far its run is, for the run's log"),
  note: z
    .object({
      type: z.literal("note"),
      ...request,
      runId: RunId,
      runnerId: RunnerId,
      evidence: Evidence.optional(),
    })
    .describe("evidence for the run's log, written once for each side; without any, the end waits for it no longer"),
} as const;

export const fromKeeper = {
  reply: z.object({
    type: z.literal("reply"),
    re: CommandId,
    error: WireError.optional(),
    result: z.unknown().optional(),
    more: z
      .boolean()
      .optional()
      .describe("only of `list`: another reply with the next runs follows, because they do not fit into one message"),
  }),
  "run.changed": z.object({ type: z.literal("run.changed"), run: KeeperRun }),
  "lease.changed": z.object({
    type: z.literal("lease.changed"),
    runId: RunId,
    leaseEpoch: z.int(),
    holder: Actor.optional(),
    connection: z.string().max(64).optional(),
  }),
  "run.ending": z
    .object({ type: z.literal("run.ending"), runId: RunId, endedMsAgo: z.int().min(0).optional() })
    .describe(
      "only to the run's witness: its processes have ended, and its log is still open. A witness that comes back " +
        "within fifteen seconds hears of it then",
    ),
  error: z
    .object({ type: z.literal("error"), runId: RunId, error: WireError })
    .describe("what was refused of a message that has no reply: an input frame, a resize"),
} as const;

/** What a reply's `result` holds, by request. Requests without a row have no result. */
export const keeperResults = {
  hello: z.object({
    version: z.int(),
    keeperVersion: z.string(),
    pid: z.int(),
    storeId: z.string(),
    features: z
      .array(z.string().max(40))
      .max(64)
      .optional()
      .describe("what it understands beyond the first version: `evidence`, `shared-with`, `ports`, `steps`, `tunnels`"),
  }),
  list: z.object({ runs: z.array(KeeperRun) }),
  start: z.object({ run: KeeperRun, known: z.boolean() }),
  seen: z.object({ runId: RunId.optional() }),
  attach: z.object({ run: KeeperRun, fromSeq: z.int() }),
  "lease.take": z.object({ leaseEpoch: z.int() }),
  witness: z.object({ start: Evidence.optional().describe("what was noted at the start") }),
  note: z.object({ written: z.boolean() }),
  "leave-if-idle": z.object({ leaves: z.boolean(), openRuns: z.int().min(0) }),
} as const;

export const ToKeeper = z.discriminatedUnion(
  "type",
  Object.values(toKeeper) as unknown as readonly [
    (typeof toKeeper)[keyof typeof toKeeper],
    ...(typeof toKeeper)[keyof typeof toKeeper][],
  ],
);
export type ToKeeper = { [K in keyof typeof toKeeper]: z.infer<(typeof toKeeper)[K]> }[keyof typeof toKeeper];
export const FromKeeper = z.discriminatedUnion(
  "type",
  Object.values(fromKeeper) as unknown as readonly [
    (typeof fromKeeper)[keyof typeof fromKeeper],
    ...(typeof fromKeeper)[keyof typeof fromKeeper][],
  ],
);
export type FromKeeper = { [K in keyof typeof fromKeeper]: z.infer<(typeof fromKeeper)[K]> }[keyof typeof fromKeeper];
