import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { nameFrom } from "#protocol/shown-text";
import { lowestShownPort, previewAgainMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import type { RunnerPreviews } from "#runner/core/previews";
import { isEnded, type Runs } from "#runner/core/runs";
import type { Sharing } from "#runner/core/sharing";

interface ServerPreviewsDeps {
  readonly host: Pick<RunnerHost, "clock" | "log" | "runnerId">;
  readonly runs: Pick<Runs, "all" | "get">;
  readonly sharing: Pick<Sharing, "includes">;
  readonly previews: Pick<RunnerPreviews, "show" | "isOnline">;
}

/** The ports that team runs of the folder have opened: whoever started such a run for the team has allowed them. */
export interface ServerPreviews {
  /** Shows what has become ready. To be called when runs or the link have changed. */
  reconcile(): void;
}

export function createServerPreviews({ host, runs, sharing, previews }: ServerPreviewsDeps): ServerPreviews {
  /** What was asked for. It is asked once: a person who closes a preview has the last word. */
  const asked = new Map<string, RunId>();

  const show = (key: string, runId: RunId, port: number, name: string) => {
    asked.set(key, runId);
    const shown = previews.show({ port, name, runId }).then(() => tellStep(runId, port));
    shown.catch((error: unknown) => {
      host.log.info({ run: runId, port, reason: String(error) }, "a port of a run is not shown");
      if (error instanceof BatonError && finalCodes.has(error.code)) return;
      host.clock.after(previewAgainMs, () => {
        asked.delete(key);
        reconcile();
      });
    });
  };

  const tellStep = async (runId: RunId, port: number) => {
    const tracked = runs.get(runId);
    const step = { step: "preview", state: "done", params: { port } } as const;
    const isKnown = tracked?.keeper.features.includes("steps") === true;
    if (isKnown) await tracked.keeper.request("step", { runId, runnerId: host.runnerId, step });
  };

  const reconcile = () => {
    if (!previews.isOnline()) return;
    for (const [key, runId] of asked) if (!runs.get(runId)) asked.delete(key);
    for (const { run } of runs.all()) {
      const { id, body } = run.header;
      if (isEnded(run) || !sharing.includes(run.header)) continue;
      for (const { port, state, found } of run.ports ?? []) {
        const key = `${id}:${port}`;
        if (isShowable({ port, state, found }) && !asked.has(key))
          show(key, id, port, nameFrom(lastPartOf(body.cwd), "server"));
      }
    }
  };

  return { reconcile };
}

/**
 * Whether a process of a team run serves pages there. What a run has only printed may be another program's, and what
 * answers no request for a page may be a debugger.
 */
export const isServerPort = (
  { runs, sharing }: Pick<ServerPreviewsDeps, "runs" | "sharing">,
  port: number,
): boolean => {
  for (const { run } of runs.all()) {
    const isServing = run.ports?.some((one) => one.port === port && isShowable(one)) === true;
    if (isServing && !isEnded(run) && sharing.includes(run.header)) return true;
  }
  return false;
};

type RunPort = NonNullable<KeeperRun["ports"]>[number];
const isShowable = ({ port, state, found }: Pick<RunPort, "port" | "state" | "found">): boolean =>
  found === "process" && state === "ready" && port >= lowestShownPort;

const finalCodes = new Set<string>([
  ...["preview_off", "preview_closed", "too_many"],
  // The local user was asked.
  ...["preview_not_public", "cloudflared_missing", "cloudflared_not_installed", "cloudflared_unusable"],
]);

const lastPartOf = (path: string): string => path.split(/[\\/]/).at(-1) ?? "";
