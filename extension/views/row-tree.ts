import { EventEmitter, type TreeView, window } from "vscode";
import { createDisposables, type Disposable } from "#extension/disposables";
import { type Row, type RowSource, updateRows } from "#extension/views/rows";

export interface RowTree<N> extends Disposable {
  readonly view: TreeView<Row<N>>;
  /**
   * Draws what differs from what is shown, and nothing else: the editor forgets the rows below whatever is drawn again
   * until it has asked for them anew, and a menu that is open on one of them would do nothing for it.
   */
  refresh(): void;
}

/** @param viewId of the manifest */
export function createRowTree<N>(viewId: string, source: RowSource<N>): RowTree<N> {
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<Row<N>[] | undefined>());
  let shown: readonly Row<N>[] | undefined;
  const view = disposables.add(
    window.createTreeView<Row<N>>(viewId, {
      treeDataProvider: {
        onDidChangeTreeData: changed.event,
        getChildren: (row) => {
          shown ??= updateRows([], source).rows;
          return [...(row?.children ?? shown)];
        },
        getTreeItem: ({ item }) => item,
      },
    }),
  );
  return {
    view,
    refresh() {
      const { rows, differing } = updateRows(shown ?? [], source);
      shown = rows;
      // A hidden window keeps in mind which rows to ask for when it is seen again, and the editor forgets some of those
      // where a row above them is drawn again meanwhile. What it keeps for all rows is one.
      if (differing === "all" || (differing.length > 0 && !view.visible)) changed.fire(undefined);
      else if (differing.length > 0) changed.fire([...differing]);
    },
    dispose: () => disposables.dispose(),
  };
}
