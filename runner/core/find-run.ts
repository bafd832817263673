import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { RunnerHost } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";

/** A run, and a connection to the keeper that holds it. Whoever asked for it closes the connection. */
export interface FoundRun {
  readonly run: KeeperRun;
  readonly keeper: KeeperConnection;
}

type Keepers = Pick<RunnerHost, "connectKeeper" | "connectOlderKeepers" | "runnerId">;

/**
 * Finds a run of the host's folder, open or over.
 * @throws BatonError `run_never_seen` where no keeper holds it, `keeper_unreachable`
 */
export async function findRun(host: Keepers, runId: RunId): Promise<FoundRun> {
  const { runnerId } = host;
  const found = async (keeper: KeeperConnection): Promise<FoundRun | undefined> => {
    try {
      const { runs } = await keeper.request("list", { runnerId });
      const run = runs.find(({ header }) => header.id === runId);
      if (run) return { run, keeper };
    } catch (error) {
      keeper.close();
      throw error;
    }
    keeper.close();
    return undefined;
  };
  const newest = await found(await host.connectKeeper());
  if (newest) return newest;
  const older = await Promise.allSettled((await host.connectOlderKeepers()).map(found));
  const [first, ...rest] = older.flatMap((one) => (one.status === "fulfilled" && one.value ? [one.value] : []));
  for (const { keeper } of rest) keeper.close();
  if (first) return first;
  // One that did not answer hides no run of another one; but it may hold this run.
  const silent = older.find((one) => one.status === "rejected");
  throw silent ? silent.reason : new BatonError("run_never_seen");
}
