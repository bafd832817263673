import assert from "node:assert/strict";
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { newSocketAddress } from "#runner/keeper/runtime-folder";
import { skipBecause } from "#test/support/skip";
import { tempFolder } from "#test/support/temp";

/** macOS takes no longer path of a Unix socket. */
const maxSocketPathBytes = 103;

describe("keeper: the folder of its socket", () => {
  const { XDG_RUNTIME_DIR, TMPDIR } = process.env;
  const temp = tempFolder("runtime");
  before(function () {
    if (process.platform === "win32") skipBecause(this, "Windows has pipes");
  });
  afterEach(() => {
    for (const [name, value] of Object.entries({ XDG_RUNTIME_DIR, TMPDIR })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  after(() => temp.remove());

  it("is short enough for every system, however long the folder for temporary files is", () => {
    const long = temp.at("x".repeat(90));
    mkdirSync(long, { mode: 0o700 });
    delete process.env.XDG_RUNTIME_DIR;
    for (const folder of [long, temp.path]) {
      process.env.TMPDIR = folder;
      const address = newSocketAddress(undefined);
      assert.ok(Buffer.byteLength(address) <= maxSocketPathBytes, address);
      assert.equal(statSync(dirname(address)).mode & 0o777, 0o700);
    }
    process.env.XDG_RUNTIME_DIR = long;
    assert.ok(!newSocketAddress(undefined).startsWith(long));
  });

  it("has another address for every keeper", () => {
    process.env.TMPDIR = temp.path;
    assert.notEqual(newSocketAddress(undefined), newSocketAddress(undefined));
  });
});
