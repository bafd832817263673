import assert from "node:assert/strict";
import { newId, type RunId } from "#protocol/ids";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { type FailingDisk, failingDisk } from "#test/relay/store/support/failing-disk";
import { freeLock } from "#test/relay/store/support/free-lock";
import { countOpenFiles } from "#test/relay/store/support/open-files";
import { outputRecords, readAll, seqsOf } from "#test/relay/store/support/records";
import { type TempFolder, tempFolder } from "#test/support/temp";

const lastSeq = 60;
const codes = { ENOSPC: "storage_full", EDQUOT: "storage_full", EIO: "storage_failed" } as const;

describe("a log on a disk that fails", () => {
  let folder: TempFolder;
  let disk: FailingDisk;
  let store: EmbeddedStore;

  beforeEach(async () => {
    folder = tempFolder("store");
    disk = failingDisk();
    store = await openEmbeddedStore({
      dataFolder: folder.at("data"),
      io: disk,
      maxSegmentBytes: 600,
      gatherMs: 0,
      probeMs: 50,
    });
  });
  afterEach(async () => {
    disk.fail = () => undefined;
    await store.close();
    folder.remove();
  });

  /** Sends the run to its end as a relay does, three frames in flight; from where the log ends after a failure. */
  const sendAll = async (runId: RunId, onFailure: (error: { code?: string }, confirmed: number) => Promise<void>) => {
    let confirmed = 0;
    for (let tries = 0; tries < 200; tries++) {
      let next = (await store.logs.open(runId)).headSeq + 1;
      assert.ok(next > confirmed, `what was confirmed (${confirmed}) is missing behind ${next - 1}`);
      if (next > lastSeq) return;
      const writes: Promise<number>[] = [];
      for (let i = 0; i < 3 && next <= lastSeq; i++) {
        const last = Math.min(next + 2, lastSeq);
        writes.push(store.logs.append(runId, outputRecords(next, last), next, last).then(() => last));
        next = last + 1;
      }
      const results = await Promise.allSettled(writes);
      for (const result of results) if (result.status === "fulfilled") confirmed = Math.max(confirmed, result.value);
      const failed = results.find((result) => result.status === "rejected");
      if (failed) await onFailure(failed.reason, confirmed);
    }
    assert.fail("the log did not go on");
  };

  for (const code of ["ENOSPC", "EIO"] as const) {
    it(`loses nothing confirmed and goes on, with ${code} at any call`, async () => {
      let failures = 0;
      const openFiles = countOpenFiles();
      for (let failIndex = 0; ; failIndex++) {
        const runId = newId("run");
        await store.logs.open(runId);
        const from = disk.calls.length;
        // One call fails, or that one and the next four, which are the ones that clean up.
        const length = failIndex % 2 === 0 ? 1 : 5;
        let failed = false;
        disk.fail = (index) => {
          if (index < from + failIndex || index >= from + failIndex + length) return undefined;
          failed = true;
          return code;
        };
        await sendAll(runId, async (error, confirmed) => {
          failures++;
          assert.equal(error.code, codes[code]);
          const failing = disk.fail;
          disk.fail = () => undefined;
          const state = await store.logs.open(runId);
          assert.equal(state.headSeq, state.durableSeq);
          assert.ok(state.durableSeq >= confirmed);
          assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, state.durableSeq)));
          disk.fail = failing;
        });
        disk.fail = () => undefined;
        const expected = Buffer.from(outputRecords(1, lastSeq));
        assert.deepEqual(await readAll(store.logs, runId), expected);
        await store.logs.release(runId);
        assert.deepEqual(await readAll(store.logs, runId), expected, `after ${code} at call ${failIndex}`);
        assert.equal((await store.logs.open(runId)).damage, undefined, `after ${code} at call ${failIndex}`);
        if (!failed) break;
      }
      assert.ok(failures > 30, `${failures} failures`);
      assert.ok(countOpenFiles() <= openFiles + 1, "a failure left a file open");
    }).timeout(20_000);
  }

  it("leaves nothing of a failed append behind a shorter one, when the disk could not cut it off at once", async () => {
    const runId = newId("run");
    await store.logs.append(runId, outputRecords(1, 2), 1, 2);
    disk.fail = (_, name) => (name === "write" || name === "truncate" ? "EIO" : undefined);
    await assert.rejects(store.logs.append(runId, outputRecords(3, 12), 3, 12), { code: "storage_failed" });
    await assert.rejects(store.logs.append(runId, outputRecords(3, 3), 3, 3), { code: "storage_failed" });
    disk.fail = () => undefined;
    await store.logs.append(runId, outputRecords(3, 3), 3, 3);
    await store.logs.release(runId);
    assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, 3)));
    assert.equal((await store.logs.open(runId)).damage, undefined);
  });

  it("ends a log at what it confirmed when the process ends before any call, and the rest comes again", async () => {
    await store.close();
    for (let crashIndex = 0; ; crashIndex++) {
      const dataFolder = folder.at(`c${crashIndex}`);
      const options = { dataFolder, maxSegmentBytes: 600, gatherMs: 0 };
      const dying = failingDisk();
      store = await openEmbeddedStore({ ...options, io: dying });
      const runId = newId("run");
      const from = dying.calls.length;
      dying.fail = (index) => (index >= from + crashIndex ? "EIO" : undefined);
      const died = new Error("died");
      let confirmed = 0;
      await sendAll(runId, async (_, last) => {
        confirmed = last;
        throw died;
      }).catch((error) => assert.ok(error === died || dying.calls.length > from + crashIndex, error));
      const isOver = dying.calls.length <= from + crashIndex;
      dying.fail = () => "EIO";
      await store.close().catch(() => undefined);
      freeLock(dataFolder);
      store = await openEmbeddedStore(options);
      const found = seqsOf(await readAll(store.logs, runId));
      assert.ok(found.length >= confirmed, `${found.length} of ${confirmed} after call ${crashIndex}`);
      await sendAll(runId, (error) => assert.fail(String(error)));
      assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, lastSeq)));
      await store.close();
      if (isOver) break;
    }
  }).timeout(20_000);

  it("tells who listens that the disk is full, and that it is not any more", async () => {
    const runId = newId("run");
    await store.logs.append(runId, outputRecords(1, 2), 1, 2);
    const seen: (string | undefined)[] = [];
    const recovered = new Promise<void>((resolve) => {
      store.health.onChange(() => {
        seen.push(store.health.error);
        if (!store.health.error) resolve();
      });
    });
    disk.fail = (_, name) => (name === "write" ? "ENOSPC" : undefined);
    await assert.rejects(store.logs.append(runId, outputRecords(3, 4), 3, 4), { code: "storage_full" });
    disk.fail = () => undefined;
    await recovered;
    assert.deepEqual(seen, ["storage_full", undefined]);
    await store.logs.append(runId, outputRecords(3, 4), 3, 4);
    assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, 4)));
  });

  it("refuses more than may wait for the disk, and takes it again later", async () => {
    const runId = newId("run");
    await store.logs.open(runId);
    const big = 1_000_000;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { open } = disk;
    disk.open = async (path, flags) => {
      await held;
      return open(path, flags);
    };
    const writes: Promise<void>[] = [];
    for (let seq = 1; seq <= 33; seq++) writes.push(store.logs.append(runId, outputRecords(seq, seq, big), seq, seq));
    await assert.rejects(store.logs.append(runId, outputRecords(34, 34, big), 34, 34), { code: "storage_behind" });
    release();
    await Promise.all(writes);
    await store.logs.append(runId, outputRecords(34, 34, big), 34, 34);
    assert.equal((await store.logs.open(runId)).durableSeq, 34);
  });
});
