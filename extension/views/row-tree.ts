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
  /** Something differs from what is shown, and nobody sees it. */
  let isBehind = false;
  const refresh = () => {
    // A hidden window keeps in mind which rows to ask for when it is seen again, and the editor forgets rows at once
    // where one above them is drawn again: the window would ask for rows that are no longer known.
    isBehind = !view.visible;
    if (isBehind) return;
    const { rows, differing } = updateRows(shown ?? [], source);
    shown = rows;
    if (differing === "all") changed.fire(undefined);
    else if (differing.length > 0) changed.fire([...differing]);
  };
  disposables.add(view.onDidChangeVisibility(() => isBehind && refresh()));
  return { view, refresh, dispose: () => disposables.dispose() };
}
