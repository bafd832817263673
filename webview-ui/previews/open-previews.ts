import type { Preview } from "#protocol/documents";
import type { RunnerId } from "#protocol/ids";
import type { TeamState } from "#sdk/team-store";

/** Those that are open, of one runner or of all, the oldest first. */
export const openPreviews = ({ previews }: Pick<TeamState, "previews">, runnerId?: RunnerId): Preview[] =>
  [...previews.values()]
    .filter((preview) => preview.closedAt === undefined && (runnerId === undefined || preview.runnerId === runnerId))
    .sort((a, b) => a.openedAt - b.openedAt);
