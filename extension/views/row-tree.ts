import { EventEmitter, type TreeItem, type TreeView, window } from "vscode";
import { createDisposables, type Disposable } from "#extension/disposables";

/**
 * A row stays the same object while it is listed, and only what has changed is drawn again: the editor forgets the rows
 * below whatever is drawn again until it has asked for them anew, and a menu that is open on one of them would do
 * nothing for it.
 */
export interface Row<N> {
  readonly node: N;
  readonly item: TreeItem;
  readonly children: readonly Row<N>[];
}

export interface RowTree<N> extends Disposable {
  readonly view: TreeView<Row<N>>;
  /** Draws what differs from what is shown. */
  refresh(): void;
}

interface RowTreeOptions<N> {
  readonly nodes: () => readonly N[];
  readonly childrenOf: (node: N) => readonly N[];
  /** Its `id` is unique in the tree. */
  readonly itemOf: (node: N) => TreeItem;
}

/** @param viewId of the manifest */
export function createRowTree<N>(viewId: string, { nodes, childrenOf, itemOf }: RowTreeOptions<N>): RowTree<N> {
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<Row<N>[] | undefined>());
  let roots: readonly Row<N>[] | undefined;

  /** The rows of `some`, those of `before` where they were there; `differing` gets the ones that are to be drawn again. */
  const merge = (before: readonly Row<N>[], some: readonly N[], differing: Row<N>[]): Row<N>[] => {
    const known = new Map(before.map((row) => [row.item.id, row]));
    return some.map((node) => {
      const item = itemOf(node);
      const row = known.get(item.id);
      const children = merge(row?.children ?? [], childrenOf(node), differing);
      if (!row) return { node, item, children };
      if (!isSameItem(row.item, item) || !areSameRows(row.children, children)) differing.push(row);
      return Object.assign(row, { node, item, children });
    });
  };

  const view = disposables.add(
    window.createTreeView<Row<N>>(viewId, {
      treeDataProvider: {
        onDidChangeTreeData: changed.event,
        getChildren: (row) => {
          roots ??= merge([], nodes(), []);
          return [...(row?.children ?? roots)];
        },
        getTreeItem: ({ item }) => item,
      },
    }),
  );
  return {
    view,
    refresh() {
      const differing: Row<N>[] = [];
      const before = roots ?? [];
      roots = merge(before, nodes(), differing);
      if (!areSameRows(before, roots)) changed.fire(undefined);
      else if (differing.length > 0) changed.fire(differing);
    },
    dispose: () => disposables.dispose(),
  };
}

const isSameItem = (a: TreeItem, b: TreeItem): boolean => JSON.stringify(a) === JSON.stringify(b);

const areSameRows = <N>(a: readonly Row<N>[], b: readonly Row<N>[]): boolean =>
  a.length === b.length && a.every((row, index) => row === b[index]);
