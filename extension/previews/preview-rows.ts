import type { Folders } from "#extension/folders";
import { type ShownPreview, shownPreviews } from "#extension/previews/shown-previews";
import { type ShownProject, shownProjects } from "#extension/previews/shown-projects";
import { type ShownServer, shownServers } from "#extension/previews/shown-servers";

/** A row of the view *Previews*. */
export type PreviewRow = (ShownServer & { readonly previews: readonly ShownPreview[] }) | ShownPreview | ShownProject;

/**
 * The servers of this window, each with what the team is shown of it below it; then the other ports that the team is
 * shown, and what can be run here.
 */
export function previewRows(folders: Pick<Folders, "all">): PreviewRow[] {
  const previews = shownPreviews(folders);
  const servers = shownServers(folders).map((one) => ({
    ...one,
    previews: previews.filter(({ preview }) => preview.runId === one.server.runId),
  }));
  const below = new Set(servers.flatMap((one) => one.previews));
  return [...servers, ...previews.filter((one) => !below.has(one)), ...shownProjects(folders)];
}

/** The rows below a row. */
export const rowsBelow = (row: PreviewRow): readonly PreviewRow[] => ("previews" in row ? row.previews : []);
