import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errorCode, syncFolder } from "#runner/keeper/files";

/** Makes a folder that only the user can look into. */
export const makePrivateFolder = (folder: string): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
};

/** Replaces a file of the user's own (0600) so that a crash leaves the old or the new one, whole. */
export function writePrivateFile(file: string, content: string | Uint8Array): void {
  const temporary = writeBeside(file, content);
  renameSync(temporary, file);
  syncFolder(dirname(file));
}

/** Makes a file of the user's own, unless it is there. @returns what it holds now, whoever made it */
export function makePrivateFile(file: string, text: string): string {
  const temporary = writeBeside(file, text);
  try {
    linkSync(temporary, file);
    syncFolder(dirname(file));
    return text;
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    return readFileSync(file, "utf8");
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeBeside(file: string, content: string | Uint8Array): string {
  makePrivateFolder(dirname(file));
  const temporary = join(dirname(file), `.${randomBytes(8).toString("hex")}.tmp`);
  const handle = openSync(temporary, "wx", 0o600);
  try {
    writeFileSync(handle, content);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return temporary;
}
