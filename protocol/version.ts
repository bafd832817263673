import * as z from "zod";
import { BatonError } from "#protocol/errors";

/** The version of everything on the wire. Fields are added, never changed; a change of meaning is a new version. */
export const protocolVersion = 1;
/** The oldest version this side still speaks: its own and the one before. */
export const oldestProtocolVersion = 1;

/** What each side says of itself in its first message. */
export const ProtocolRange = z.object({ version: z.int().min(1), oldest: z.int().min(1) });
export type ProtocolRange = z.infer<typeof ProtocolRange>;

export const ownProtocolRange: ProtocolRange = { version: protocolVersion, oldest: oldestProtocolVersion };

/**
 * The version that two sides speak: the newest that both know.
 * @throws BatonError `protocol_version_unsupported`, which names both ranges
 */
export function negotiateVersion(theirs: ProtocolRange, ours: ProtocolRange = ownProtocolRange): number {
  const version = Math.min(theirs.version, ours.version);
  if (version < theirs.oldest || version < ours.oldest) {
    throw new BatonError("protocol_version_unsupported", { theirs: theirs.version, ours: ours.version });
  }
  return version;
}
