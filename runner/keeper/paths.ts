import { join } from "node:path";
import type { PromptId, RunId } from "#protocol/ids";

/**
 * Where things lie below the home folder. Everything is the user's alone (folders 0700, files 0600).
 *
 * ```
 * keeper/<version>/keeper.json    who serves this version: pid, socket, token
 * keeper/<version>/lock.<n>       the one with the highest n is the holder's
 * keeper/<version>/keeper.log     what the keeper says of itself
 * seen/<run id>, seen/<prompt id>-<attempt>    what was ever started, remembered for 30 days
 * runs/<run id>/run.json          intent, then how it ended
 * runs/<run id>/process.json      the pid, once there is one
 * runs/<run id>/acked             what the relay has
 * runs/<run id>/snapshot          the last picture of its screen
 * runs/<run id>/steps             what its program says of how far it is, until that stands in the log
 * runs/<run id>/<first seq>.seg   its log
 * ```
 */
export interface KeeperPaths {
  readonly home: string;
  readonly versionFolder: string;
  readonly info: string;
  readonly ownLog: string;
  readonly keepers: string;
  readonly runs: string;
  readonly seen: string;
}

export const keeperPaths = (home: string, version: string): KeeperPaths => {
  const versionFolder = join(home, "keeper", version);
  return {
    home,
    versionFolder,
    info: join(versionFolder, "keeper.json"),
    ownLog: join(versionFolder, "keeper.log"),
    keepers: join(home, "keeper"),
    runs: join(home, "runs"),
    seen: join(home, "seen"),
  };
};

export const runFiles = (folder: string) => ({
  run: join(folder, "run.json"),
  process: join(folder, "process.json"),
  acked: join(folder, "acked"),
  snapshot: join(folder, "snapshot"),
  stdin: join(folder, "stdin"),
  steps: join(folder, "steps"),
});

const segmentSuffix = ".seg";
export const segmentName = (firstSeq: number): string => `${String(firstSeq).padStart(15, "0")}${segmentSuffix}`;
/** The first seq of a segment's file, or undefined for any other file. */
export function segmentFirstSeq(name: string): number | undefined {
  return /^\d{15}\.seg$/.test(name) ? Number(name.slice(0, 15)) : undefined;
}

export const claimName = (promptId: PromptId, attempt: number): string => `${promptId}-${attempt}`;
export const runFolder = (paths: KeeperPaths, runId: RunId): string => join(paths.runs, runId);
