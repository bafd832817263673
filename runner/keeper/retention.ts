import { type KeeperLimits, keepAckedRunMs, maxEndedRuns } from "#runner/keeper/caps";
import { attempt } from "#runner/keeper/files";
import type { HeldRun } from "#runner/keeper/held-run";
import type { Keeper } from "#runner/keeper/keeper";
import type { OwnLog } from "#runner/keeper/own-log";

/**
 * Makes room where the logs together are over their cap, and lets old ones go. In order: ended runs that the relay
 * has all of, finished local runs, then the oldest output of what is left, which becomes a `gap`.
 */
export function makeStoreRoom(keeper: Keeper, limits: KeeperLimits, log: OwnLog, now: number): void {
  // A disk that refuses this now is asked again with the next file of a log, or with the next look.
  attempt(
    () => makeRoomNow(keeper, limits, log, now),
    (error) => log.error("no room could be made", { reason: error.message }),
  );
}

function makeRoomNow(keeper: Keeper, limits: KeeperLimits, log: OwnLog, now: number): void {
  const remove = (run: HeldRun, why: string) => {
    log.info("a log was removed", { runId: run.id, bytes: run.bytes, why });
    keeper.remove(run);
  };
  const onRelay = () => keeper.runs().filter((run) => run.over && run.finished && run.visibility === "team");
  const local = () => keeper.runs().filter((run) => run.over && run.visibility === "local");
  const total = () => keeper.runs().reduce((sum, run) => sum + run.bytes, 0);

  for (const run of onRelay()) if (now - run.createdAt > keepAckedRunMs) remove(run, "old");
  const tooMany = keeper.runs().filter((run) => run.over).length - maxEndedRuns;
  for (const run of [...onRelay(), ...local()].slice(0, Math.max(0, tooMany))) remove(run, "too many");
  for (const run of [...onRelay(), ...local()]) {
    if (total() <= limits.maxStoreBytes) return;
    remove(run, "room");
  }
  for (const run of keeper.runs()) {
    const over = total() - limits.maxStoreBytes;
    if (over <= 0) return;
    run.shrink(Math.max(0, run.bytes - over));
  }
}
