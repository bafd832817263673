import { ThemeIcon, TreeItem } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { Disposable } from "#extension/disposables";
import type { TemplateShelf } from "#extension/templates/template-shelf";
import { createRowTree } from "#extension/views/row-tree";
import type { ListedTemplate } from "#protocol/documents";
import { sourceText } from "#runner/core/build-question";

/** The view *Templates*: what a new project can begin with. */
export interface TemplatesView extends Disposable {
  refresh(): void;
}

type TemplateRow = { readonly template: ListedTemplate } | { readonly from: "git" };

export function createTemplatesView(shelf: TemplateShelf, fail: (error: unknown) => void): TemplatesView {
  const tree = createRowTree<TemplateRow>("baton.templates", {
    nodes: () => [...shelf.known().map((template) => ({ template })), { from: "git" }],
    childrenOf: () => [],
    itemOf: (row) => ("template" in row ? templateItem(row.template) : gitItem()),
  });
  const look = () => {
    if (tree.view.visible) shelf.look().catch(fail);
  };
  tree.view.onDidChangeVisibility(look);
  look();
  return { refresh: tree.refresh, dispose: tree.dispose };
}

function templateItem(template: ListedTemplate): TreeItem {
  const { id, name, description, icon, setUp, start, source, origin } = template;
  const item = new TreeItem(name);
  item.id = `${origin} ${id}`;
  item.description = description;
  item.tooltip = [
    `${name} (${sourceText(source)})`,
    description,
    setUp && `Made ready with: ${setUp}`,
    start && `Started with: ${start}`,
  ]
    .filter(Boolean)
    .join("\n");
  item.iconPath = new ThemeIcon(icon);
  item.contextValue = "template";
  item.command = {
    command: commandIds.newProject,
    title: "New Project from Template",
    arguments: [{ node: { template } }],
  };
  return item;
}

function gitItem(): TreeItem {
  const item = new TreeItem("From Git…");
  item.id = "git";
  item.description = "any repository";
  item.tooltip = "Type the address of a repository, such as owner/name.";
  item.iconPath = new ThemeIcon("git-branch");
  item.contextValue = "template";
  item.command = {
    command: commandIds.newProject,
    title: "New Project from Git",
    arguments: [{ node: { from: "git" } }],
  };
  return item;
}
