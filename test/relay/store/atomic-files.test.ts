import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { AtomicFiles } from "#relay/store/embedded/atomic-files";
import { failingDisk } from "#test/relay/store/support/failing-disk";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("files that change together", () => {
  let folder: TempFolder;
  beforeEach(() => {
    folder = tempFolder("store");
  });
  afterEach(() => folder.remove());
  const read = (name: string) => readFileSync(folder.at(name), "utf8");

  it("do not come back with an old content after a failure that could not be cleaned up", async () => {
    const disk = failingDisk();
    const troubles: unknown[] = [];
    const files = new AtomicFiles(disk, folder.path, (error) => troubles.push(error));
    for (const name of ["a", "b"]) await files.stage(name, ["old"]);
    await files.publish();
    for (const name of ["a", "b"]) await files.stage(name, ["refused"]);
    disk.fail = (_, name) => (name === "syncFolder" || name === "unlink" ? "EIO" : undefined);
    await assert.rejects(files.publish());
    await files.discard();
    assert.equal(troubles.length, 1);
    await files.stage("a", ["new"]);
    await assert.rejects(files.publish(), "what would bring the refused contents back cannot be removed yet");
    disk.fail = () => undefined;
    await files.publish();
    await new AtomicFiles(disk, folder.path, assert.ifError).recover();
    assert.deepEqual([read("a"), read("b")], ["new", "old"]);
    assert.deepEqual(readdirSync(folder.path).sort(), ["a", "b"]);
  });

  it("are all new when the list of them is durable, even if finishing has to wait", async () => {
    const disk = failingDisk();
    const troubles: unknown[] = [];
    const files = new AtomicFiles(disk, folder.path, (error) => troubles.push(error));
    for (const name of ["a", "b"]) await files.stage(name, ["new"]);
    disk.fail = (_, name, path) => (name === "rename" && path.includes("/b.") ? "EIO" : undefined);
    await files.publish();
    assert.equal(troubles.length, 1);
    disk.fail = () => undefined;
    await files.stage("a", ["newer"]);
    await files.publish();
    assert.deepEqual([read("a"), read("b")], ["newer", "new"]);
  });
});
