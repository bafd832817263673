import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import type { Preview } from "#protocol/documents";

/** A port of this window's computer that the team is shown. */
export interface ShownPreview {
  readonly preview: Preview;
  readonly folder: EditorFolder;
}

export const shownPreviews = (folders: Pick<Folders, "all">): ShownPreview[] =>
  folders.all().flatMap((folder) => folder.status().previews.map((preview) => ({ preview, folder })));

/** The page of a preview on the dashboard, which lets in who is signed in there. */
export const previewPage = ({ preview, folder }: ShownPreview): string =>
  `${folder.pairing()?.relay}/previews/${preview.id}`;
