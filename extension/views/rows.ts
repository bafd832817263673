import type { TreeItem } from "vscode";

/** A row of a view. It stays the same object as long as it is listed. */
export interface Row<N> {
  readonly node: N;
  readonly item: TreeItem;
  readonly children: readonly Row<N>[];
}

/** What a view lists. */
export interface RowSource<N> {
  readonly nodes: () => readonly N[];
  readonly childrenOf: (node: N) => readonly N[];
  /** Its `id` is unique in the view. */
  readonly itemOf: (node: N) => TreeItem;
}

export interface RowUpdate<N> {
  readonly rows: readonly Row<N>[];
  /** The rows that are to be drawn again, with what is below them; `all` where the rows themselves are others now. */
  readonly differing: readonly Row<N>[] | "all";
}

/** @param before what is listed; its rows are changed in place */
export function updateRows<N>(before: readonly Row<N>[], { nodes, childrenOf, itemOf }: RowSource<N>): RowUpdate<N> {
  const differing: Row<N>[] = [];
  const merge = (old: readonly Row<N>[], some: readonly N[]): Row<N>[] => {
    const known = new Map(old.map((row) => [row.item.id, row]));
    return some.map((node) => {
      const item = itemOf(node);
      const row = known.get(item.id);
      const children = merge(row?.children ?? [], childrenOf(node));
      if (!row) return { node, item, children };
      if (!isSameItem(row.item, item) || !areSameRows(row.children, children)) differing.push(row);
      return Object.assign(row, { node, item, children });
    });
  };
  const rows = merge(before, nodes());
  return { rows, differing: areSameRows(before, rows) ? differing : "all" };
}

const isSameItem = (a: TreeItem, b: TreeItem): boolean => JSON.stringify(a) === JSON.stringify(b);

const areSameRows = <N>(a: readonly Row<N>[], b: readonly Row<N>[]): boolean =>
  a.length === b.length && a.every((row, index) => row === b[index]);
