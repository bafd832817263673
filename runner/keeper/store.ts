import { mkdirSync } from "node:fs";
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

/** The runs of keepers that are dead. Those of keepers that live are theirs to serve. */
export async function openPastRuns(paths: KeeperPaths, replay: ReplayLog, log: OwnLog): Promise<HeldRun[]> {
  const others = readKeeperFiles(paths).filter((file) => isAlive(file.pid));
  const serving = await Promise.all(
    others.map(async (file) => ((await accepts(file.socket)) ? file.storeId : undefined)),
  );
  const living = new Set<string | undefined>(serving);
  const runs: HeldRun[] = [];
  for (const { runId, folder } of listRunFolders(paths.runs)) {
    try {
      const document = readRunDocument(folder);
      if (!document || living.has(document.header.storeId)) continue;
      const run = openPastRun(runId, folder, replay);
      if (run) runs.push(run);
    } catch (error) {
      log.error("a run's folder cannot be read", { runId, error: String(error) });
    }
  }
  return runs;
}
