import { setTimeout as delay } from "node:timers/promises";
import type { RunnerId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { isEnded } from "#runner/core/runs";
import { isAlive } from "#runner/keeper/is-alive";
import { cleanExitMs, deliveryMs } from "#runner/node/caps";
import type { KeeperClient } from "#runner/node/keeper-client";

/**
 * `--cancel-on-exit`: cancels what runs in this folder and waits until it has ended, and until the relay has the ends
 * where it takes them.
 * @returns how many runs were cancelled
 */
export async function cancelRuns(client: KeeperClient, runnerId: RunnerId): Promise<number> {
  let cancelled = 0;
  const newest = await client.connectIfThere();
  for (const keeper of [...(newest ? [newest] : []), ...(await client.connectOlder())]) {
    try {
      cancelled += await cancelIn(keeper, runnerId);
    } finally {
      keeper.close();
    }
  }
  return cancelled;
}

/**
 * Ends the newest keeper where no run of any folder needs it. Whether one does is the keeper's to say, so that a start
 * that comes at the same moment is not lost: it gets another keeper, as does a window that is connected.
 * @returns open runs of other folders, for which it stays
 */
export async function endIdleKeeper(client: KeeperClient): Promise<number> {
  const keeper = await client.connectIfThere();
  if (!keeper) return 0;
  const { leaves, openRuns } = await keeper.request("leave-if-idle", {}).finally(() => keeper.close());
  if (leaves) await within(cleanExitMs, (signal) => gone(keeper.pid, signal));
  return openRuns;
}

async function gone(pid: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && isAlive(pid)) await delay(pollMs);
}

async function cancelIn(keeper: KeeperConnection, runnerId: RunnerId): Promise<number> {
  const { runs } = await keeper.request("list", { runnerId });
  const open = new Map(runs.filter((run) => !isEnded(run)).map((run) => [run.header.id, run]));
  const count = open.size;
  if (count === 0) return 0;
  const ended = new Promise<void>((resolve) => {
    keeper.listen({
      ...deaf,
      event(event) {
        if (event.type !== "run.changed" || !open.has(event.run.header.id)) return;
        open.set(event.run.header.id, event.run);
        if ([...open.values()].every(isEnded)) resolve();
      },
      closed: resolve,
    });
  });
  for (const runId of open.keys()) await keeper.request("cancel", { runId, by: { kind: "local" } });
  await within(cleanExitMs, () => ended);
  await within(deliveryMs, (signal) => delivered(keeper, [...open.values()], signal));
  return count;
}

/** Settles when the relay has the runs to their ends, or does not take them now. */
async function delivered(keeper: KeeperConnection, runs: readonly KeeperRun[], signal: AbortSignal): Promise<void> {
  const wanted = new Set(runs.filter((run) => run.header.visibility === "team").map((run) => run.header.id));
  while (!signal.aborted) {
    const { runs: now } = await keeper.request("list", {});
    if (now.every((run) => !wanted.has(run.header.id) || run.ackedSeq >= run.headSeq)) return;
    await delay(pollMs);
  }
}

const pollMs = 30;
const deaf = { event: () => undefined, frame: () => undefined, closed: () => undefined };

/** Waits for the work, but no longer than the limit; the work is told to stop by then. */
async function within(limitMs: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController();
  try {
    await Promise.race([work(stop.signal), delay(limitMs, undefined, { signal: stop.signal, ref: true })]);
  } finally {
    stop.abort();
  }
}
