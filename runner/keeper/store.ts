import { mkdirSync } from "node:fs";
import { attempt } from "#runner/keeper/files";
import type { HeldRun } from "#runner/keeper/held-run";
import { isAlive } from "#runner/keeper/is-alive";
import { readKeeperFiles } from "#runner/keeper/keeper-file";
import { accepts } from "#runner/keeper/lock";
import type { OwnLog } from "#runner/keeper/own-log";
import { openPastRun, type ReplayLog } from "#runner/keeper/past-run";
import type { KeeperPaths } from "#runner/keeper/paths";
import { listRunFolders, readRunDocument } from "#runner/keeper/run-document";

/** Makes the folders of a home. */
export function makeFolders(paths: KeeperPaths): void {
  for (const folder of [paths.home, paths.versionFolder, paths.runs, paths.seen]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

interface PastRuns {
  readonly runs: readonly HeldRun[];
  /** Writes down what was found about them. It waits for the disk, and can be done without, so others go first. */
  readonly note: () => void;
}

/** The runs of keepers that are dead. Those of keepers that live are theirs to serve. */
export async function openPastRuns(paths: KeeperPaths, replay: ReplayLog, log: OwnLog): Promise<PastRuns> {
  const others = readKeeperFiles(paths).filter((file) => isAlive(file.pid));
  const serving = await Promise.all(
    others.map(async (file) => ((await accepts(file.socket)) ? file.storeId : undefined)),
  );
  const living = new Set<string | undefined>(serving);
  const runs: HeldRun[] = [];
  const writes: (() => void)[] = [];
  const refused = (error: NodeJS.ErrnoException) =>
    log.error("what a log says cannot be noted; it is read again at the next start", { reason: error.message });
  for (const { runId, folder } of listRunFolders(paths.runs)) {
    try {
      const document = readRunDocument(folder);
      if (!document || living.has(document.header.storeId)) continue;
      const run = openPastRun(runId, folder, replay, (write) => writes.push(write));
      if (run) runs.push(run);
    } catch (error) {
      log.error("a run's folder cannot be read", { runId, error: String(error) });
    }
  }
  const note = () => {
    for (const write of writes) attempt(write, refused);
  };
  return { runs, note };
}
