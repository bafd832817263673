import assert from "node:assert/strict";
import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { nodeDisk } from "#relay/store/embedded/disk";
import { openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { lockFolder } from "#relay/store/embedded/folder-lock";
import { silentLogger } from "#relay/store/embedded/logger";
import { startProcess } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("the lock of a data folder", () => {
  let folder: TempFolder;
  /** The file that counts: the one with the highest number. */
  const path = () => {
    const numbers = readdirSync(folder.path).map((name) => Number(name.split(".")[2]));
    return folder.at(`relay.lock.${Math.max(1, ...numbers)}`);
  };
  const lock = () =>
    lockFolder({
      disk: nodeDisk,
      folder: folder.path,
      clock: Date.now,
      logger: silentLogger,
      beatMs: 40,
      watchMs: 400,
    });
  const change = (fields: object) => {
    writeFileSync(path(), JSON.stringify({ ...JSON.parse(readFileSync(path(), "utf8")), ...fields }));
  };

  beforeEach(() => {
    folder = tempFolder("store");
  });
  afterEach(() => folder.remove());

  it("lets one in and refuses another, with one sentence that says what to do", async () => {
    const store = await openEmbeddedStore({ dataFolder: folder.path });
    await assert.rejects(openEmbeddedStore({ dataFolder: folder.path }), {
      code: "store_locked",
      message: new RegExp(`process ${process.pid} .* already uses ${folder.path}\\. Stop it, or choose another`),
    });
    await store.close();
    await (await openEmbeddedStore({ dataFolder: folder.path })).close();
  });

  it("lets only one of many in at the same time", async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, lock));
    const won = results.filter((result) => result.status === "fulfilled");
    assert.equal(won.length, 1);
    await won[0]?.value.release();
  });

  it("lets only one of many take over from a process that has ended", async () => {
    for (let i = 0; i < 20; i++) {
      await lock();
      change({ pid: 2 ** 22 + 5 });
      const results = await Promise.allSettled(Array.from({ length: 8 }, lock));
      const won = results.filter((result) => result.status === "fulfilled");
      assert.equal(won.length, 1);
      await won[0]?.value.release();
    }
  });

  it("is not held by a process that was given the number of a dead one, nor by one before a restart of the machine", async function () {
    if (process.platform !== "linux") this.skip();
    const other = startProcess(["sleep", "60"]);
    for (const fields of [{ pid: other.pid, startTicks: "1" }, { bootId: "another boot" }, { pid: 2 ** 22 + 5 }]) {
      const first = await lock();
      change(fields);
      await (await lock()).release();
      await first.release();
    }
    await other.stop();
  });

  it("is not held by a file that says nothing", async () => {
    for (const text of ["{", ""]) {
      writeFileSync(path(), text);
      await (await lock()).release();
    }
  });

  it("is held by a relay in another container as long as that one touches it", async () => {
    const first = await lock();
    change({ host: "another", pid: 1 });
    await assert.rejects(lock(), { code: "store_locked" });
    const held = readFileSync(path());
    await first.release();
    writeFileSync(path(), held);
    utimesSync(path(), 1, 1);
    await (await lock()).release();
  });
});
