import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";
import { endRunMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import { isEnded, type Runs } from "#runner/core/runs";

/**
 * Ends a run of this folder, and settles when nothing of it lives. One that is over, or that nobody knows here, is
 * over.
 * @throws BatonError `timeout`, `connection_lost`
 */
export async function endRun(host: Pick<RunnerHost, "clock">, runs: Runs, runId: RunId, by: Actor): Promise<void> {
  const tracked = runs.get(runId);
  if (!tracked || isEnded(tracked.run)) return;
  let cancelTimer: () => void = () => {};
  const late = new Promise<never>((_, reject) => {
    cancelTimer = host.clock.after(endRunMs, () =>
      reject(new BatonError("timeout", { what: "cancel", seconds: endRunMs / 1000 })),
    );
  });
  try {
    await tracked.keeper.request("cancel", { runId, by });
    await Promise.race([runs.whenEnded(runId), late]);
  } finally {
    cancelTimer();
  }
}
