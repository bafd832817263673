import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor } from "#protocol/payloads";
import { maxDeliveredRuns, maxEndedRunViews } from "#runner/core/caps";
import type { KeeperConnection, KeeperEvent } from "#runner/core/keeper-connection";
import type { RunView } from "#runner/core/status";

/** A run of this folder, the keeper that holds it, and who looks at it. */
export interface TrackedRun {
  run: KeeperRun;
  readonly keeper: KeeperConnection;
  watchers: readonly Actor[];
  /** The relay has all of it. */
  isDelivered: boolean;
}

export interface Runs {
  get(runId: RunId): TrackedRun | undefined;
  all(): Iterable<TrackedRun>;
  put(run: KeeperRun, keeper: KeeperConnection): TrackedRun;
  /** Everything of an ended run is durable on the relay. */
  delivered(runId: RunId): void;
  lease(event: Extract<KeeperEvent, { type: "lease.changed" }>): void;
  watch(runId: RunId, watchers: readonly Actor[]): void;
  noWatchers(): void;
  keeperClosed(keeper: KeeperConnection): void;
  views(): RunView[];
  /** Settles when a run has ended, or is none of these any more. */
  whenEnded(runId: RunId): Promise<void>;
}

export const isEnded = (run: KeeperRun): boolean => run.status === "ended" || run.lost === true;

/**
 * The runs of the folder, as the keepers tell of them. Of those that have ended, and that nothing is left to do for,
 * the oldest are left out beyond `maxDeliveredRuns`; their keeper still names them when it is connected to again.
 * @param leftOut a run was left out
 */
export function createRuns(changed: () => void, leftOut: (runId: RunId) => void): Runs {
  const runs = new Map<RunId, TrackedRun>();
  const waiting = new Map<RunId, (() => void)[]>();

  const tellWaiting = () => {
    for (const [runId, resolves] of waiting) {
      const tracked = runs.get(runId);
      if (tracked && !isEnded(tracked.run)) continue;
      waiting.delete(runId);
      for (const resolve of resolves) resolve();
    }
  };

  const leaveOut = () => {
    if (runs.size <= maxDeliveredRuns) return;
    const oldestFirst = [...runs.values()]
      .filter(isDone)
      .map(({ run }) => run.header.id)
      .sort();
    for (const runId of oldestFirst.slice(0, Math.max(0, oldestFirst.length - maxDeliveredRuns))) {
      runs.delete(runId);
      leftOut(runId);
    }
  };

  return {
    get: (runId) => runs.get(runId),
    all: () => runs.values(),
    put(run, keeper) {
      const known = runs.get(run.header.id);
      const tracked: TrackedRun =
        known && known.keeper === keeper ? known : { run, keeper, watchers: known?.watchers ?? [], isDelivered: false };
      tracked.run = run;
      runs.set(run.header.id, tracked);
      if (isDone(tracked)) leaveOut();
      if (waiting.size > 0) tellWaiting();
      changed();
      return tracked;
    },
    delivered(runId) {
      const tracked = runs.get(runId);
      if (!tracked) return;
      tracked.isDelivered = true;
      leaveOut();
    },
    lease({ runId, leaseEpoch, holder, connection }) {
      const tracked = runs.get(runId);
      if (!tracked) return;
      const lease = { leaseEpoch, ...(holder && { holder }), ...(connection && { connection }) };
      tracked.run = { ...tracked.run, lease };
      changed();
    },
    watch(runId, watchers) {
      const tracked = runs.get(runId);
      if (!tracked) return;
      tracked.watchers = watchers;
      changed();
    },
    noWatchers() {
      for (const tracked of runs.values()) tracked.watchers = [];
      changed();
    },
    keeperClosed(keeper) {
      for (const [runId, tracked] of runs) if (tracked.keeper === keeper) runs.delete(runId);
      tellWaiting();
      changed();
    },
    whenEnded: (runId) =>
      new Promise((resolve) => {
        waiting.set(runId, [...(waiting.get(runId) ?? []), resolve]);
        tellWaiting();
      }),
    views() {
      // A tunnel is shown as its preview.
      const shown = [...runs.values()].filter(({ run }) => run.header.tunnelPort === undefined);
      const newestFirst = shown.sort((a, b) => (a.run.header.id < b.run.header.id ? 1 : -1));
      let ended = 0;
      return newestFirst.filter(({ run }) => !isEnded(run) || ended++ < maxEndedRunViews).map(viewOf);
    },
  };
}

/** A run that is only local has nobody to be delivered to. */
const isDone = ({ run, isDelivered }: TrackedRun): boolean =>
  isEnded(run) && (isDelivered || run.header.visibility === "local" || run.ackedSeq >= run.headSeq);

const viewOf = ({ run, watchers }: TrackedRun): RunView => ({
  runId: run.header.id,
  run,
  status: run.lost ? "ended" : run.status,
  ...(run.lost ? { end: "lost" as const } : run.exit && { end: run.exit.end }),
  lease: { leaseEpoch: run.lease.leaseEpoch, ...(run.lease.holder && { holder: run.lease.holder }) },
  watchers,
});
