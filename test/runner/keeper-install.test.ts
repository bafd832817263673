import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { installKeeper } from "#runner/node/keeper-install";
import { tempFolder } from "#test/support/temp";

describe("runner: the keeper's own copy", () => {
  const temp = tempFolder("install");
  const built = temp.at("built");
  const data = temp.at("data");
  before(() => {
    mkdirSync(temp.at("built", "node-pty", "prebuilds", `${process.platform}-${process.arch}`), { recursive: true });
    mkdirSync(temp.at("built", "node-pty", "prebuilds", "plan9-x64"), { recursive: true });
    writeFileSync(temp.at("built", "keeper.cjs"), "one");
    writeFileSync(temp.at("built", "snapshot-worker.cjs"), "worker");
    writeFileSync(temp.at("built", "node-pty", "package.json"), "{}");
  });
  after(() => temp.remove());

  it("is made once for each build, whole, and stays when the build changes", () => {
    const first = installKeeper(built, data, "1.0.0");
    assert.match(first.version, /^1\.0\.0-[0-9a-f]{12}$/);
    assert.deepEqual(installKeeper(built, data, "1.0.0"), first);
    writeFileSync(temp.at("built", "keeper.cjs"), "two");
    const second = installKeeper(built, data, "1.0.0");
    assert.notEqual(second.version, first.version);
    assert.equal(readFileSync(first.main, "utf8"), "one");
    assert.equal(readFileSync(second.main, "utf8"), "two");
    const names = readdirSync(temp.at("data", "keeper-bin")).sort();
    assert.deepEqual(names, [first.version, second.version].sort(), "nothing half-made is left");
  });

  it("has what this platform needs", () => {
    const { version } = installKeeper(built, data, "1.0.0");
    const at = (...parts: string[]) => temp.at("data", "keeper-bin", version, ...parts);
    assert.ok(existsSync(at("snapshot-worker.cjs")));
    assert.ok(existsSync(at("node-pty", "prebuilds", `${process.platform}-${process.arch}`)));
    assert.ok(!existsSync(at("node-pty", "prebuilds", "plan9-x64")));
  });
});
