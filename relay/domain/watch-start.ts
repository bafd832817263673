import { staleViewerBytes } from "#protocol/caps";
import { maxFirstPaintBytes } from "#relay/caps";
import type { LiveRun } from "#relay/domain/live-run";
import type { RunLogs } from "#relay/store/store";

/** Where a viewer begins to read. */
export interface WatchStart {
  /** The first record that it gets. */
  readonly fromSeq: number;
  /** A snapshot frame that shows everything before. */
  readonly snapshot?: Uint8Array;
}

/**
 * Decides how a viewer gets to see a run: with at most about 100 KB before the first paint, and without a jump where
 * it was here before and missed little.
 * @param afterSeq the last seq that it shows; 0 asks for everything, absent for the quickest way
 * @param requestSnapshot asks the runner for a picture of now; undefined where it cannot answer in time
 */
export async function startOfWatch(
  run: LiveRun,
  logs: RunLogs,
  afterSeq: number | undefined,
  requestSnapshot: () => Promise<void>,
): Promise<WatchStart> {
  if (afterSeq === 0 || (afterSeq !== undefined && (await isNear(run, logs, afterSeq, staleViewerBytes)))) {
    return { fromSeq: afterSeq + 1 };
  }
  // All of a short log is better than a picture of its end.
  const isShort = run.bytes <= maxFirstPaintBytes && run.log.firstSeq <= 1;
  if (isShort && afterSeq === undefined) return { fromSeq: 1 };
  if (await isGoodSnapshot(run, logs)) return fromSnapshot(run, afterSeq);
  if (!run.ended) await requestSnapshot();
  return fromSnapshot(run, afterSeq);
}

/** The newest snapshot there is; without one, what the viewer lacks, or everything. */
function fromSnapshot(run: LiveRun, afterSeq: number | undefined): WatchStart {
  if (!run.snapshot) return { fromSeq: (afterSeq ?? 0) + 1 };
  return { fromSeq: run.snapshot.seq + 1, snapshot: run.snapshot.frame };
}

async function isGoodSnapshot(run: LiveRun, logs: RunLogs): Promise<boolean> {
  if (!run.snapshot) return false;
  return isNear(run, logs, run.snapshot.seq, maxFirstPaintBytes - run.snapshot.frame.length);
}

/** Whether at most `maxBytes` of log stand behind `seq`. */
async function isNear(run: LiveRun, logs: RunLogs, seq: number, maxBytes: number): Promise<boolean> {
  const behind = run.behind(seq);
  if (behind) return behind.bytes <= maxBytes;
  let bytes = 0;
  for await (const chunk of logs.read(run.id, seq + 1)) {
    bytes += chunk.length;
    if (bytes > maxBytes) return false;
  }
  return true;
}
