import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createUsedFolders } from "#extension/used-folders";
import { tempFolder } from "#test/support/temp";

describe("the folders in which Baton was used", () => {
  const temp = tempFolder("used");
  after(() => temp.remove());
  const used = () => createUsedFolders(temp.at("storage"), (error) => assert.fail(String(error)));

  it("are known to every window at once, also to those that were there before", () => {
    const [here, there] = [used(), used()];
    assert.equal(here.includes(["file:///a"]), false);
    there.add("file:///b");
    here.add("file:///a");
    there.add("file:///b");
    assert.deepEqual([there.includes(["file:///c", "file:///a"]), here.includes(["file:///b"])], [true, true]);
    assert.deepEqual([used().includes(["file:///a"]), used().includes(["file:///c"])], [true, false]);
  });

  it("do not stop the work where they cannot be remembered", () => {
    writeFileSync(temp.at("file"), "");
    const failed: unknown[] = [];
    const full = createUsedFolders(temp.at("file"), (error) => failed.push(error));
    full.add("file:///a");
    assert.deepEqual([failed.length, full.includes(["file:///a"])], [1, false]);
  });
});
