import type { Evidence } from "#protocol/evidence";
import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { lateEndMs, lateStartMs } from "#runner/core/caps";
import { withinCap } from "#runner/core/evidence-size";
import type { RunnerHost } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { isEnded } from "#runner/core/runs";

/** What a host can say of its folder. Each may reject; then that side of the run has no evidence. */
export interface EvidenceSource {
  /** What is there before the run has done its work. */
  start(run: KeeperRun): Promise<EvidenceFacts | undefined>;
  /**
   * What is there now that its processes have ended, and what the run has changed since `start`.
   * @param lateMs they ended this long ago, because nobody was there; absent: just now
   */
  end(run: KeeperRun, start: Evidence | undefined, lateMs?: number): Promise<EvidenceFacts | undefined>;
}
export type EvidenceFacts = Pick<Evidence, "diagnostics" | "git" | "tasks">;

/** Gives the keepers the evidence of the folder's runs. */
export interface EvidenceNotes {
  /** A run was told of by its keeper. */
  seen(run: KeeperRun, keeper: KeeperConnection): void;
  /** The processes of a run have ended, `endedMsAgo` milliseconds ago; its keeper waits for a moment. */
  ending(runId: RunId, keeper: KeeperConnection, endedMsAgo?: number): void;
  keeperClosed(keeper: KeeperConnection): void;
}

interface Witnessed {
  readonly keeper: KeeperConnection;
  readonly run: KeeperRun;
  readonly start: Promise<Evidence | undefined>;
}

/**
 * Without a source of the host nothing is noted, and no keeper waits.
 * @param isReplaced whether another window serves the folder now: what this one knows of the files may be old
 */
export function createEvidenceNotes(host: RunnerHost, isReplaced: () => boolean): EvidenceNotes {
  const { evidence: source, log, clock, runnerId } = host;
  const witnessed = new Map<RunId, Witnessed>();
  const failed = (runId: RunId, what: string) => (error: unknown) => {
    log.debug({ run: runId, error: String(error) }, `no evidence ${what}`);
    return undefined;
  };

  /** A start that is far away is nobody's to describe any more. */
  const startOf = async (from: EvidenceSource, run: KeeperRun, keeper: KeeperConnection) => {
    const { id: runId, createdAt } = run.header;
    const { start } = await keeper.request("witness", { runId, runnerId });
    if (start || clock.now() - createdAt > lateStartMs) return start;
    const facts = await from.start(run);
    if (!facts) return undefined;
    const evidence = withinCap({ v: 1, at: "start", ...facts });
    await keeper.request("note", { runId, runnerId, evidence });
    return evidence;
  };

  return {
    seen(run, keeper) {
      const runId = run.header.id;
      if (isEnded(run)) return void witnessed.delete(runId);
      if (!source || isReplaced() || !keeper.features.includes("evidence") || witnessed.get(runId)?.keeper === keeper)
        return;
      const start = startOf(source, run, keeper).catch(failed(runId, "of the start"));
      witnessed.set(runId, { keeper, run, start });
    },
    ending(runId, keeper, endedMsAgo = 0) {
      const found = witnessed.get(runId);
      if (!source || found?.keeper !== keeper) return;
      const late = endedMsAgo > lateEndMs ? { lateMs: endedMsAgo } : {};
      found.start
        .then((start) => source.end(found.run, start, late.lateMs))
        .catch(failed(runId, "of the end"))
        .then((facts) =>
          keeper.request("note", {
            runId,
            runnerId,
            ...(facts && { evidence: withinCap({ v: 1, at: "end", ...late, ...facts }) }),
          }),
        )
        .catch(failed(runId, "was taken"));
    },
    keeperClosed(keeper) {
      for (const [runId, one] of witnessed) if (one.keeper === keeper) witnessed.delete(runId);
    },
  };
}
