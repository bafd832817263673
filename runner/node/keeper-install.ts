import { createHash, randomBytes } from "node:crypto";
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errorCode } from "#runner/keeper/files";
import { makePrivateFolder } from "#runner/node/files";

/** What a keeper needs, by its name in the build. */
const parts = ["keeper.cjs", "snapshot-worker.cjs", "node-pty"] as const;
const hashedParts = ["keeper.cjs", "snapshot-worker.cjs", "node-pty/package.json"] as const;

export interface InstalledKeeper {
  /** Names this build: the product's version and what is in the files. */
  readonly version: string;
  readonly main: string;
}

/**
 * Copies the keeper to a folder that nothing changes any more, so that an update of the editor's extension, or a new
 * build, never pulls files from under a running one. The folder appears whole or not at all.
 * @param built the folder of the built artifacts
 */
export function installKeeper(built: string, dataFolder: string, productVersion: string): InstalledKeeper {
  const version = `${productVersion}-${hashOf(built)}`;
  const folder = join(dataFolder, "keeper-bin", version);
  const installed = { version, main: join(folder, "keeper.cjs") };
  if (existsSync(installed.main)) return installed;
  const temporary = join(dataFolder, "keeper-bin", `.${randomBytes(8).toString("hex")}.tmp`);
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
  return installed;
}

/** Of the prebuilt binaries only this platform's are needed. */
const isForHere = (file: string): boolean => {
  const platform = /[/\\]prebuilds[/\\]([a-z0-9]+)-/.exec(file)?.[1];
  return platform === undefined || platform === process.platform;
};

const isTaken = (error: unknown) => ["EEXIST", "ENOTEMPTY", "EPERM"].includes(errorCode(error) ?? "");

function hashOf(built: string): string {
  const hash = createHash("sha256");
  for (const part of hashedParts) if (existsSync(join(built, part))) hash.update(readFileSync(join(built, part)));
  return hash.digest("hex").slice(0, 12);
}
