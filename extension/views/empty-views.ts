import { type TreeDataProvider, TreeItem, window } from "vscode";
import type { Disposables } from "#extension/disposables";

/** Views that have nothing to list; what stands in them is the manifest's welcome content. */
const emptyViews = ["baton.templates"];

const nothing: TreeDataProvider<never> = { getChildren: () => [], getTreeItem: () => new TreeItem("") };

export function registerEmptyViews(disposables: Disposables): void {
  for (const id of emptyViews) disposables.add(window.registerTreeDataProvider(id, nothing));
}
