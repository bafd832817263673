import { readFileSync } from "node:fs";
import { BatonError } from "#protocol/errors";
import { decodeFrame } from "#protocol/frame";
import { errorCode, replaceFile } from "#runner/keeper/files";
import type { Snapshot } from "#runner/keeper/held-run";
import { frameMessage } from "#runner/keeper/wire";

/** A snapshot on disk is its frame, as it is sent. */
export const writeSnapshotFile = (path: string, frame: Uint8Array): void =>
  replaceFile(path, frame, { durable: false });

/** The snapshot of a file; undefined where there is none or it cannot be read: it can be made again from the log. */
export function readSnapshotFile(path: string): Snapshot | undefined {
  try {
    const frame = readFileSync(path);
    const decoded = decodeFrame(frame);
    return decoded.type === "snapshot" ? { seq: decoded.seq, message: frameMessage(frame) } : undefined;
  } catch (error) {
    if (error instanceof BatonError || errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
