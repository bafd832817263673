import type { Preview, Run } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import type { TeamState } from "#sdk/team-store";

/** The newest open one of a run, or of another run of its thread; an agent's page is served by a run of its own. */
export function previewOfRun({ previews, runs }: Pick<TeamState, "previews" | "runs">, run: Run): Preview | undefined {
  const isOfThread = ({ runId, threadId = runs.get(runId ?? "")?.threadId }: Preview) =>
    runId === run.id || threadId === run.threadId;
  return openPreviews({ previews })
    .filter(isOfThread)
    .sort((a, b) => Number(a.runId === run.id) - Number(b.runId === run.id))
    .at(-1);
}

/** Those that are open, of one runner or of all, the oldest first. */
export const openPreviews = ({ previews }: Pick<TeamState, "previews">, runnerId?: RunnerId): Preview[] =>
  [...previews.values()]
    .filter((preview) => preview.closedAt === undefined && (runnerId === undefined || preview.runnerId === runnerId))
    .sort((a, b) => a.openedAt - b.openedAt);
