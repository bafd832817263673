import { join } from "node:path";
import { installCopy } from "#runner/node/installed-copy";

/** What a keeper needs, by its name in the build. */
const parts = ["keeper.cjs", "snapshot-worker.cjs", "node-pty"] as const;
const hashed = ["keeper.cjs", "snapshot-worker.cjs", "node-pty/package.json"] as const;

export interface InstalledKeeper {
  /** Names this build: the product's version and what is in the files. */
  readonly version: string;
  readonly main: string;
}

/**
 * Copies the keeper to a folder that nothing changes any more.
 * @param built the folder of the built artifacts
 */
export function installKeeper(built: string, dataFolder: string, productVersion: string): InstalledKeeper {
  const copies = join(dataFolder, "keeper-bin");
  const { version, folder } = installCopy({ built, copies, parts, hashed, productVersion });
  return { version, main: join(folder, "keeper.cjs") };
}
