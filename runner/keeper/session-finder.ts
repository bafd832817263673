import type { SpawnCommand } from "#protocol/keeper-link";
import { parsePrintedSession } from "#runner/core/profile-session";
import { maxSessionSearchBytes } from "#runner/keeper/caps";

/** Finds the agent's own session, which a follow-up resumes, in what the agent prints. */
export interface SessionFinder {
  /** The bytes are not kept, they are copied. */
  output(bytes: Uint8Array): void;
  found(): string | undefined;
}

/** @param session as the profile says: an id that was chosen, and how the output tells another */
export function createSessionFinder({ id, printed }: NonNullable<SpawnCommand["session"]>): SessionFinder {
  const isFirst = printed?.pick === "first";
  let kept: Buffer[] = [];
  let keptBytes = 0;
  return {
    output(bytes) {
      if (!printed || (isFirst && keptBytes >= maxSessionSearchBytes)) return;
      const part = Buffer.from(isFirst ? bytes : bytes.subarray(-maxSessionSearchBytes));
      kept.push(part);
      keptBytes += part.length;
      if (isFirst || keptBytes < 2 * maxSessionSearchBytes) return;
      kept = [Buffer.concat(kept).subarray(-maxSessionSearchBytes)];
      keptBytes = maxSessionSearchBytes;
    },
    found: () => (printed && parsePrintedSession(printed, Buffer.concat(kept).toString("utf8"))) ?? id,
  };
}
