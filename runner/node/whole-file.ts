import { randomUUID } from "node:crypto";
import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

/** Takes the next piece of a file. The bytes are written before it returns, so nothing waits in memory. */
export type WritePiece = (piece: Uint8Array) => void;

/**
 * Writes a file piece by piece beside its place, and puts it there when it is whole; what was there before stays until
 * then, and where it fails.
 * @throws what `fill` throws, and the system's errors
 */
export async function writeWholeFile(path: string, fill: (write: WritePiece) => Promise<void>): Promise<void> {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  const file = openSync(part, "wx");
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  try {
    await fill((piece) => {
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at);
    });
    close();
    renameSync(part, path);
  } catch (error) {
    close();
    rmSync(part, { force: true });
    throw error;
  }
}
