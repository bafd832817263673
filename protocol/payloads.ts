import * as z from "zod";
import { maxTitleLength } from "#protocol/caps";
import { Project, RunEnd, RunPort, RunStatus, Step, TerminalSize } from "#protocol/documents";
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
  /** A later record of the same step replaces the earlier one. */
  step: Step,
  /** What can be run in the folder, known when the agent is done. */
  project: Project,
  /** A later record of the same port replaces the earlier one. */
  port: RunPort,
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
