import * as z from "zod";

/**
 * Ids are a three-letter prefix and a UUIDv7 (RFC 9562, section 5.7) in 32 hex digits. They are made where
 * a thing is born, sort by the time of their birth, and say at a glance what they name.
 */
const prefixes = {
  run: "run",
  prompt: "prm",
  thread: "thr",
  runner: "rnr",
  member: "mem",
  device: "dev",
  invitation: "inv",
  token: "tok",
  store: "sto",
  relay: "rly",
  pairing: "par",
  command: "cmd",
  connection: "con",
  preview: "pvw",
  share: "shr",
} as const;

export type IdKind = keyof typeof prefixes;
export type Id<K extends IdKind> = string & { readonly __id?: K };

const schemaOf = <K extends IdKind>(kind: K) =>
  z.string().regex(new RegExp(`^${prefixes[kind]}_[0-9a-f]{32}$`), `expected an id of a ${kind}`) as z.ZodType<
    Id<K>,
    string
  >;

export const RunId = schemaOf("run");
export const PromptId = schemaOf("prompt");
export const ThreadId = schemaOf("thread");
export const RunnerId = schemaOf("runner");
export const MemberId = schemaOf("member");
export const DeviceId = schemaOf("device");
export const InvitationId = schemaOf("invitation");
export const TokenId = schemaOf("token");
export const StoreId = schemaOf("store");
export const RelayId = schemaOf("relay");
export const PairingId = schemaOf("pairing");
export const CommandId = schemaOf("command");
export const ConnectionId = schemaOf("connection");
export const PreviewId = schemaOf("preview");
export const ShareId = schemaOf("share");

export type RunId = Id<"run">;
export type PromptId = Id<"prompt">;
export type ThreadId = Id<"thread">;
export type RunnerId = Id<"runner">;
export type MemberId = Id<"member">;
export type DeviceId = Id<"device">;
export type InvitationId = Id<"invitation">;
export type TokenId = Id<"token">;
export type StoreId = Id<"store">;
export type RelayId = Id<"relay">;
export type PairingId = Id<"pairing">;
export type CommandId = Id<"command">;
export type ConnectionId = Id<"connection">;
export type PreviewId = Id<"preview">;
export type ShareId = Id<"share">;

/**
 * Makes an id of the given kind.
 * @param now milliseconds since the epoch; passed in by tests
 */
export function newId<K extends IdKind>(kind: K, now: number = Date.now()): Id<K> {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(now / 2 ** 32));
  view.setUint32(2, now % 2 ** 32);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  return idFromBytes(kind, bytes);
}

/** The 16 bytes of an id, as they stand in binary frames. The id must have passed its schema. */
export function idBytes(id: string): Uint8Array {
  const hex = id.slice(4);
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** The id of a kind from its 16 bytes. */
export function idFromBytes<K extends IdKind>(kind: K, bytes: Uint8Array): Id<K> {
  let hex = "";
  for (let i = 0; i < 16; i++) hex += hexOf[bytes[i] ?? 0];
  return `${prefixes[kind]}_${hex}`;
}

/** When the id was made, in milliseconds since the epoch. */
export function idTime(id: string): number {
  return Number.parseInt(id.slice(4, 16), 16);
}

const hexOf = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
