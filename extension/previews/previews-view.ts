import { ThemeIcon, TreeItem } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { Disposable } from "#extension/disposables";
import type { Folders } from "#extension/folders";
import { type PreviewRow, previewRows, rowsBelow } from "#extension/previews/preview-rows";
import { serverItem } from "#extension/previews/server-item";
import type { ShownPreview } from "#extension/previews/shown-previews";
import { projectFacts, type ShownProject } from "#extension/previews/shown-projects";
import { createRowTree } from "#extension/views/row-tree";
import { errorText } from "#protocol/errors";

/** The view *Previews*: the servers of this window, the ports that the team is shown, and what can be run here. */
export interface PreviewsView extends Disposable {
  refresh(): void;
}

export function createPreviewsView(folders: Pick<Folders, "all">): PreviewsView {
  const tree = createRowTree<PreviewRow>("baton.previews", {
    nodes: () => previewRows(folders),
    childrenOf: rowsBelow,
    itemOf,
  });
  /** Folders are looked through for who can see what is found. */
  const look = () => {
    if (!tree.view.visible) return;
    for (const { projects } of folders.all()) projects.now(projects.known() === undefined);
  };
  tree.view.onDidChangeVisibility(look);
  return {
    refresh() {
      look();
      tree.refresh();
    },
    dispose: tree.dispose,
  };
}

function itemOf(row: PreviewRow): TreeItem {
  if ("server" in row) return serverItem(row, row.previews.length > 0);
  return "preview" in row ? previewItem(row) : projectItem(row);
}

function previewItem({ preview, folder }: ShownPreview): TreeItem {
  const item = new TreeItem(preview.body.name);
  item.id = preview.id;
  const { publicUrl, publicProblem } = preview.body;
  const where = publicUrl ? `\nAnyone who has this address sees it, too: ${publicUrl}` : "";
  const problem = publicProblem ? `\n${errorText(publicProblem)}` : "";
  item.description = `port ${preview.body.port}${publicUrl ? " · public" : ""}`;
  item.tooltip = `${preview.body.name}\nPort ${preview.body.port} of this computer is shown to the team of ${folder.name}.${where}${problem}`;
  item.iconPath = new ThemeIcon("globe");
  item.contextValue = "preview";
  item.command = { command: commandIds.showPreview, title: "Show Preview", arguments: [preview.id] };
  return item;
}

function projectItem({ project, folder }: ShownProject): TreeItem {
  const item = new TreeItem(project.name);
  item.id = JSON.stringify([folder.uri, project.folder, project.framework, project.command]);
  item.description = projectFacts(project);
  item.tooltip = [project.name, project.command, project.port && `Usually at port ${project.port}.`]
    .filter(Boolean)
    .join("\n");
  item.iconPath = new ThemeIcon("package");
  item.contextValue = "project";
  return item;
}
