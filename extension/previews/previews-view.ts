import { ThemeIcon, TreeItem } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { Disposable } from "#extension/disposables";
import type { Folders } from "#extension/folders";
import { type ShownPreview, shownPreviews } from "#extension/previews/shown-previews";
import { createRowTree } from "#extension/views/row-tree";

/** The view *Previews*: the ports of this window that the team is shown. */
export interface PreviewsView extends Disposable {
  refresh(): void;
}

export const createPreviewsView = (folders: Pick<Folders, "all">): PreviewsView =>
  createRowTree<ShownPreview>("baton.previews", {
    nodes: () => shownPreviews(folders),
    childrenOf: () => [],
    itemOf({ preview, folder }) {
      const item = new TreeItem(preview.body.name);
      item.id = preview.id;
      item.description = `port ${preview.body.port}`;
      item.tooltip = `${preview.body.name}\nPort ${preview.body.port} of this computer is shown to the team of ${folder.name}.`;
      item.iconPath = new ThemeIcon("globe");
      item.contextValue = "preview";
      item.command = { command: commandIds.openPreview, title: "Open Preview", arguments: [preview.id] };
      return item;
    },
  });
