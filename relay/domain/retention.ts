import type { RunId } from "#protocol/ids";
import { removalBatch } from "#relay/caps";
import type { Clock } from "#relay/domain/clock";
import type { Store } from "#relay/store/store";

/** Removes what is over for so long that nobody wants it any more. */
export interface Retention {
  /**
   * Removes ended runs with their logs, and ended prompts; the log before the document, so that a crash in between
   * leaves a run that is removed the next time. What is open, or being read, stays. One sweep at a time.
   * @throws BatonError `storage_full`, `storage_failed`: the rest is removed the next time
   */
  sweep(): Promise<void>;
}

interface Batch {
  readonly removed: number;
  readonly isLast: boolean;
}

/**
 * @param keepMs how long what is over is kept; 0: for ever
 * @param isHeld whether somebody reads the run's log right now
 */
export function createRetention(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly keepMs: number;
  isHeld(id: RunId): boolean;
}): Retention {
  const { clock, keepMs, isHeld } = deps;
  const { archive, audit, logs } = deps.store;
  let sweeping: Promise<void> | undefined;

  const removeRuns = async (before: number): Promise<Batch> => {
    const old = await archive.endedBefore("runs", before, removalBatch);
    const removed: RunId[] = [];
    for (const id of old) if (!isHeld(id) && (await logs.remove(id))) removed.push(id);
    if (removed.length > 0) await archive.remove("runs", removed);
    // What is held stays in front, so a batch of nothing else is the last one.
    return { removed: removed.length, isLast: old.length < removalBatch || removed.length === 0 };
  };
  const removePrompts = async (before: number): Promise<Batch> => {
    const old = await archive.endedBefore("prompts", before, removalBatch);
    if (old.length > 0) await archive.remove("prompts", old);
    return { removed: old.length, isLast: old.length < removalBatch };
  };
  const removeAll = async (removeBatch: (before: number) => Promise<Batch>): Promise<number> => {
    const before = clock() - keepMs;
    for (let total = 0; ; ) {
      const { removed, isLast } = await removeBatch(before);
      total += removed;
      if (isLast) return total;
    }
  };

  const sweep = async () => {
    const runs = await removeAll(removeRuns);
    const prompts = await removeAll(removePrompts);
    if (runs + prompts === 0) return;
    await audit.append({ at: clock(), action: "retention", from: "relay", details: { runs, prompts } });
  };
  return {
    async sweep() {
      if (keepMs === 0) return;
      sweeping ??= sweep().finally(() => {
        sweeping = undefined;
      });
      await sweeping;
    },
  };
}
