import type { PromptId, RunId } from "#protocol/ids";
import { keeperRetryMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import type { Keepers } from "#runner/core/keepers";
import type { LinkSession } from "#runner/core/link-session";

export interface Claim {
  readonly promptId: PromptId;
  readonly attempt: number;
}

interface ClaimDeps {
  readonly host: RunnerHost;
  readonly keepers: Pick<Keepers, "ready">;
  /** Whether a run is known here as none of this relay's. */
  isOthers(runId: RunId): boolean;
  session(): LinkSession | undefined;
}

/**
 * Answers for a claim of which this process knows nothing, because it was killed or another one made it: the keeper
 * knows whether it was started. Given up when the link changes, because the next welcome names the claim again.
 */
export async function resolveClaim(deps: ClaimDeps, claim: Claim): Promise<void> {
  const session = deps.session();
  while (session && deps.session() === session) {
    try {
      // The keepers of all versions share what was ever started, so the newest can answer for each of them.
      const keeper = await deps.keepers.ready();
      const { runId } = await keeper.request("seen", { ...claim });
      if (deps.session() !== session) return;
      if (runId && !deps.isOthers(runId)) session.send({ type: "prompt.started", ...claim, runId });
      else session.send({ type: "prompt.never-seen", ...claim });
      return;
    } catch (error) {
      deps.host.log.warn(
        { prompt: claim.promptId, error: String(error) },
        "the keeper did not say whether a prompt ran",
      );
      await new Promise<void>((resolve) => deps.host.clock.after(keeperRetryMs, resolve));
    }
  }
}
