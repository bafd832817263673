import assert from "node:assert/strict";
import { createOpened } from "#extension/opened";
import { settle } from "#test/runner/intake-world";

/** Opens names; each waits until the test lets it go on. */
function createWindow() {
  const disposed: string[] = [];
  const failed: string[] = [];
  const waiting: { resolve(): void; reject(error: Error): void }[] = [];
  let openings = 0;
  const opened = createOpened({
    keyOf: (name: string) => name,
    open: (name) =>
      new Promise<{ name: string; dispose(): void }>((resolve, reject) => {
        const id = `${name} ${++openings}`;
        waiting.push({ resolve: () => resolve({ name: id, dispose: () => disposed.push(id) }), reject });
      }),
    changed: () => {},
    failed: (name) => failed.push(name),
  });
  const names = () => opened.all().map(({ name }) => name);
  return { opened, waiting, disposed, failed, names };
}

describe("the folders of a window", () => {
  it("go on where one of them cannot be opened, and it can be opened later", async () => {
    const { opened, waiting, failed, names } = createWindow();
    const both = Promise.all([opened.add("bad"), opened.add("good")]);
    waiting[0]?.reject(new Error("baton.json is not JSON"));
    waiting[1]?.resolve();
    await both;
    assert.deepEqual([names(), failed], [["good 2"], ["bad"]]);
    const again = opened.add("bad");
    waiting[2]?.resolve();
    await again;
    assert.deepEqual(names(), ["good 2", "bad 3"]);
  });

  it("are closed where they were removed while they were being opened", async () => {
    const { opened, waiting, disposed, names } = createWindow();
    const added = opened.add("gone");
    opened.remove("gone");
    const back = opened.add("gone");
    waiting[0]?.resolve();
    waiting[1]?.resolve();
    await Promise.all([added, back]);
    assert.deepEqual([names(), disposed], [["gone 2"], ["gone 1"]]);
  });

  it("are closed with their window, also those that open later", async () => {
    const { opened, waiting, disposed, names } = createWindow();
    void opened.add("late");
    opened.dispose();
    waiting[0]?.resolve();
    await settle();
    assert.deepEqual([names(), disposed], [[], ["late 1"]]);
  });

  it("stay closed where the next of several is only then its turn", async () => {
    const { opened, waiting, names } = createWindow();
    opened.dispose();
    await opened.add("next");
    assert.deepEqual([names(), waiting], [[], []]);
  });
});
