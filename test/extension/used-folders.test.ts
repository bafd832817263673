import assert from "node:assert/strict";
import type { Memento } from "vscode";
import { createUsedFolders } from "#extension/used-folders";

describe("the folders in which Baton was used", () => {
  const memory = (): Memento => {
    const values = new Map<string, unknown>();
    return {
      keys: () => [...values.keys()],
      get: <T>(key: string, otherwise?: T) => (values.get(key) ?? otherwise) as T,
      update: async (key: string, value: unknown) => void values.set(key, value),
    };
  };

  it("are remembered across windows, and no more than 500 of them", () => {
    const state = memory();
    const used = createUsedFolders(state);
    assert.equal(used.includes(["file:///a"]), false);
    used.add("file:///a");
    assert.equal(createUsedFolders(state).includes(["file:///b", "file:///a"]), true);
    for (let i = 0; i < 600; i++) used.add(`file:///${i}`);
    assert.deepEqual([used.includes(["file:///99"]), used.includes(["file:///100"])], [false, true]);
  });
});
