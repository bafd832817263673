import assert from "node:assert/strict";
import fc from "fast-check";
import { type Row, type RowSource, updateRows } from "#extension/views/rows";

interface Node {
  readonly id: string;
  readonly label: string;
  readonly children: readonly Node[];
}

const source = (nodes: readonly Node[]): RowSource<Node> => ({
  nodes: () => nodes,
  childrenOf: ({ children }) => children,
  itemOf: ({ id, label }) => ({ id, label }),
});

describe("the rows of a view", () => {
  const leaf = fc.record({ id: fc.constantFrom("a", "b", "c"), label: fc.constantFrom("1", "2") });
  const leaves = fc.uniqueArray(leaf, { selector: ({ id }) => id, maxLength: 3 });
  const groups = fc.uniqueArray(
    fc.record({ id: fc.constantFrom("x", "y"), label: fc.constantFrom("1", "2"), children: leaves }),
    { selector: ({ id }) => id },
  );
  const nodes = groups.map((some) =>
    some.map((group) => ({
      ...group,
      children: group.children.map((one) => ({ id: `${group.id}/${one.id}`, label: one.label, children: [] })),
    })),
  );

  /** What an editor has on the screen that asks again for the rows it is told of, and for nothing else. */
  const drawn = (row: Row<Node>): Node => ({
    id: String(row.item.id),
    label: String(row.item.label),
    children: row.children.map(drawn),
  });

  it("are drawn again where they differ, so that the view shows what there is", () => {
    fc.assert(
      fc.property(nodes, nodes, (first, second) => {
        const before = updateRows([], source(first)).rows;
        const screen = new Map(before.flatMap((row) => [row, ...row.children]).map((row) => [row, drawn(row)]));
        const { rows, differing } = updateRows(before, source(second));
        const again = differing === "all" ? rows : differing;
        for (const row of again) {
          screen.set(row, drawn(row));
          for (const child of row.children) screen.set(child, drawn(child));
        }
        for (const row of rows) {
          const { id, label } = screen.get(row) ?? assert.fail(`${row.item.id} was never drawn`);
          assert.deepEqual({ id, label }, { id: row.item.id, label: row.item.label });
          for (const child of row.children) assert.deepEqual(screen.get(child), drawn(child));
        }
        assert.deepEqual(rows.map(drawn), second);
      }),
    );
  });

  it("stay the same objects while they are listed, and nothing is drawn where nothing differs", () => {
    fc.assert(
      fc.property(nodes, nodes, (first, second) => {
        const before = updateRows([], source(first)).rows;
        const known = new Map(before.map((row) => [row.item.id, row]));
        const { rows } = updateRows(before, source(second));
        for (const row of rows) assert.equal(row, known.get(row.item.id) ?? row);
        assert.deepEqual(updateRows(rows, source(structuredClone(second))), { rows, differing: [] });
      }),
    );
  });
});
