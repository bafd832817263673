import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import type { TeamLinks } from "#extension/team/team-links";
import type { Preview } from "#protocol/documents";

/** A port of this window's computer that the team is shown. */
export interface ShownPreview {
  readonly preview: Preview;
  readonly folder: EditorFolder;
}

export const shownPreviews = (folders: Pick<Folders, "all">): ShownPreview[] =>
  folders.all().flatMap((folder) => folder.status().previews.map((preview) => ({ preview, folder })));

/** A preview that a panel can show, of whichever runner, and what people call it. */
export interface TeamPreview {
  readonly relay: string;
  readonly preview: Preview;
}

/** The ports of this window, and what the relays tell of where somebody is signed in. */
export function teamPreviews(folders: Pick<Folders, "all">, links: Pick<TeamLinks, "all">): TeamPreview[] {
  const own = shownPreviews(folders).flatMap(({ preview, folder }) => {
    const relay = folder.pairing()?.relay;
    return relay === undefined ? [] : [{ relay, preview }];
  });
  const others = links
    .all()
    .flatMap(({ account, team }) => [...team.previews.values()].map((preview) => ({ relay: account.relay, preview })))
    .filter(({ preview }) => preview.closedAt === undefined && !own.some((one) => one.preview.id === preview.id));
  return [...own, ...others];
}

/** The page of a preview on the dashboard, which lets in who is signed in there. */
export const previewPage = ({ preview, folder }: ShownPreview): string =>
  `${folder.pairing()?.relay}/previews/${preview.id}`;
