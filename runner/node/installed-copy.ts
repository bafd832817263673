import { createHash, randomBytes } from "node:crypto";
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "#runner/keeper/files";
import { makePrivateFolder } from "#runner/node/files";

interface CopyOptions {
  /** The folder of the built artifacts. */
  readonly built: string;
  /** Where the copies of all versions lie. */
  readonly copies: string;
  /** What is copied, by its name in the build. */
  readonly parts: readonly string[];
  /** The files whose content names the version. */
  readonly hashed: readonly string[];
  readonly productVersion: string;
}

export interface InstalledCopy {
  /** Names this build: the product's version and what is in the files. */
  readonly version: string;
  readonly folder: string;
}

/**
 * Copies parts of the build to a folder that nothing changes any more, so that an update of the editor's extension, or
 * a new build, never pulls files from under a running process. The folder appears whole or not at all.
 */
export function installCopy({ built, copies, parts, hashed, productVersion }: CopyOptions): InstalledCopy {
  const version = `${productVersion}-${hashOf(built, hashed)}`;
  const folder = join(copies, version);
  if (existsSync(folder)) return { version, folder };
  const temporary = join(copies, `.${randomBytes(8).toString("hex")}.tmp`);
  makePrivateFolder(temporary);
  try {
    for (const part of parts) {
      if (existsSync(join(built, part)))
        cpSync(join(built, part), join(temporary, part), { recursive: true, filter: isForHere });
    }
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another process was quicker, which is as good.
    if (!isTaken(error)) throw error;
  }
  return { version, folder };
}

/** Of the prebuilt binaries only this platform's are needed. */
const isForHere = (file: string): boolean => {
  const platform = /[/\\]prebuilds[/\\]([a-z0-9]+)-/.exec(file)?.[1];
  return platform === undefined || platform === process.platform;
};

const isTaken = (error: unknown) => ["EEXIST", "ENOTEMPTY", "EPERM"].includes(errorCode(error) ?? "");

function hashOf(built: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) if (existsSync(join(built, file))) hash.update(readFileSync(join(built, file)));
  return hash.digest("hex").slice(0, 12);
}
