import assert from "node:assert/strict";
import { createDisposables, toDisposable } from "#extension/disposables";

describe("a container of disposables", () => {
  it("ends what it holds, last first, once", () => {
    const ended: string[] = [];
    const held = createDisposables();
    for (const name of ["first", "second"]) held.add(toDisposable(() => ended.push(name)));
    held.dispose();
    held.dispose();
    assert.deepEqual(ended, ["second", "first"]);
  });

  it("ends at once what comes too late", () => {
    const ended: string[] = [];
    const held = createDisposables();
    held.dispose();
    held.add(toDisposable(() => ended.push("late")));
    assert.deepEqual(ended, ["late"]);
  });
});
