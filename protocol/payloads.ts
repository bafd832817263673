import * as z from "zod";
import { maxTitleLength } from "#protocol/caps";
import { Project, RunEnd, RunStatus, TerminalSize } from "#protocol/documents";
import { WireError } from "#protocol/errors";
import { Evidence } from "#protocol/evidence";
import { DeviceId, MemberId } from "#protocol/ids";
import { parseMessage, toUtf8 } from "#protocol/json";
import { type RecordKind, recordKinds } from "#protocol/record";

/** Who did something in a run: a member on one of their devices, or the person at the runner's own machine. */
export const Actor = z.looseObject({
  kind: z.enum(["member", "local", "system"]),
  memberId: MemberId.optional(),
  deviceId: DeviceId.optional(),
  name: z.string().max(80).optional(),
});
export type Actor = z.infer<typeof Actor>;

/**
 * The payloads of the record kinds that are JSON. `output` has none: its payload is the terminal's bytes. Kinds
 * without a row here belong to later versions and are kept and passed on as they are.
 */
export const recordPayloads = {
  /** Who typed how much; never what, it may be a password. One record stands for up to a second of typing. */
  input: z.looseObject({ by: Actor, bytes: z.int().min(0) }),
  resize: TerminalSize.extend({ by: Actor.optional() }),
  status: z.looseObject({
    status: RunStatus,
    by: Actor.optional(),
    reason: z.string().max(maxTitleLength).optional(),
    pid: z.int().optional(),
  }),
  /** A line for people, made from `code` and `params` where it is shown: "Ana cancelled", "the disk is full". */
  notice: z.looseObject({
    level: z.enum(["info", "warning", "error"]),
    code: z.string().max(64),
    params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  }),
  /** What only an editor knows: once at the start and once at the end, before `exit`. */
  evidence: Evidence,
  /** How far a build, or a dev server, is. A later record of the same step replaces the earlier one. */
  step: z.looseObject({
    step: z.enum(["scaffold", "set-up", "agent", "plan", "files", "server", "restart", "preview"]),
    state: z.enum(["started", "done", "failed", "skipped", "cancelled"]),
    params: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    error: WireError.optional(),
  }),
  /** What can be run in the folder, known when the agent is done. */
  project: Project,
  /**
   * A port of the run's machine. `process`: one of the run's own processes listens there; `output`: the run has only
   * named it. It is `ready` when it has answered a request.
   */
  port: z.looseObject({
    port: z.int().min(1).max(65_535),
    state: z.enum(["listening", "ready", "closed"]),
    found: z.enum(["process", "output"]),
    pid: z.int().optional(),
    url: z.string().max(2_000).optional().describe("where everybody can reach it, through a tunnel of another company"),
  }),
  /** Output that had to give way at the cap. The record takes the seq of the last one that it stands for. */
  gap: z.looseObject({ fromSeq: z.int().min(1), bytes: z.int().min(0) }),
  exit: z.looseObject({
    end: RunEnd,
    exitCode: z.int().optional(),
    signal: z.string().max(32).optional(),
    by: Actor.optional(),
    sessionId: z.string().max(200).optional().describe("the agent's own session, for a follow-up"),
  }),
} as const satisfies Partial<Record<RecordKind, z.ZodType>>;

export type PayloadKind = keyof typeof recordPayloads;
export type Payload<K extends PayloadKind> = z.infer<(typeof recordPayloads)[K]>;

/** The kind code and the bytes of a JSON payload. */
export const encodePayload = <K extends PayloadKind>(kind: K, payload: Payload<K>) => ({
  kind: recordKinds[kind],
  payload: toUtf8(JSON.stringify(payload)),
});

/** @throws BatonError `message_malformed` */
export const decodePayload = <K extends PayloadKind>(kind: K, bytes: Uint8Array): Payload<K> =>
  parseMessage(recordPayloads[kind], bytes) as Payload<K>;
