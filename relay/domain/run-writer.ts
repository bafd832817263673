import type { Run } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import type { LocatedRecord } from "#protocol/record";
import { isNews, withRecord } from "#protocol/run-document";
import type { Ledger } from "#relay/domain/changes";
import type { Clock } from "#relay/domain/clock";
import type { LiveRun } from "#relay/domain/live-run";
import type { Change, Store } from "#relay/store/store";

export interface RunWriterDeps {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** What a run's end means for prompts: written together with it. */
  changesOfEnd(run: Run): Change[];
  /** Told when that is written. */
  ended(run: Run): void;
  /** Told when a run has ended or begun: the queue may go on. */
  queueChanged(): void;
  onError(error: unknown, runId: RunId): void;
}

/** Writes the documents of runs. */
export interface RunWriter {
  /**
   * Writes the document as it is now. One write at a time a run: what comes meanwhile is in the next one. Once the
   * run has ended it goes to the archive, together with what that means for prompts.
   */
  write(held: LiveRun): Promise<void>;
  /** Puts what is durable of the log into the document; news are written at once, counts now and then. */
  stored(held: LiveRun, records: readonly LocatedRecord[]): void;
}

/** @param letGo called with a run that has ended and is written */
export function createRunWriter(deps: RunWriterDeps, letGo: (held: LiveRun) => void): RunWriter {
  const { ledger, clock } = deps;
  const { documents } = deps.store;

  const write = async (held: LiveRun): Promise<void> => {
    const stored = documents.get("runs", held.id);
    if (held.isWriting || !stored) return;
    held.isWriting = true;
    try {
      while (held.isDirty) {
        held.isDirty = false;
        held.writtenAt = clock();
        const { rev } = documents.get("runs", held.id) ?? stored;
        if (held.ended) {
          const ended = { ...held.run, rev: rev + held.bumps + 1 };
          await ledger.commit([{ collection: "runs", archive: ended }, ...deps.changesOfEnd(ended)]);
          held.run = ended;
          held.bumps = 0;
          held.wakeFollowers();
          deps.ended(ended);
          deps.queueChanged();
          letGo(held);
          return;
        }
        await ledger.commit([{ collection: "runs", put: { ...held.run, rev } }]);
        held.wakeFollowers();
      }
    } catch (error) {
      held.isDirty = true;
      deps.onError(error, held.id);
    } finally {
      held.isWriting = false;
    }
  };

  return {
    write,
    stored(held, records) {
      const now = clock();
      let run = held.run;
      for (const record of records) run = withRecord(run, record, now);
      held.run = held.durableSeq < held.cutFromSeq ? run : withoutDamage(run);
      held.isDirty = true;
      if (records.some(isNews)) void write(held);
    },
  };
}

/** What was lost was sent again. */
function withoutDamage(run: Run): Run {
  if (!run.damage) return run;
  const { damage: _, ...whole } = run;
  return whole as Run;
}
