import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { encodeSnapshotFrame } from "#protocol/frame";
import { newId } from "#protocol/ids";
import { type EmbeddedStore, type EmbeddedStoreOptions, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { countOpenFiles } from "#test/relay/store/support/open-files";
import { gapRecord, outputRecord, outputRecords, readAll, seqsOf } from "#test/relay/store/support/records";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("run logs", () => {
  let folder: TempFolder;
  let store: EmbeddedStore;
  const open = async (more: Partial<EmbeddedStoreOptions> = {}) => {
    store = await openEmbeddedStore({ dataFolder: folder.at("data"), ...more });
    return store.logs;
  };
  const segmentsOf = (runId: string) =>
    readdirSync(folder.at("data", "logs", runId.slice(-2), runId)).filter((name) => name.endsWith(".seg"));

  beforeEach(() => {
    folder = tempFolder("store");
  });
  afterEach(async () => {
    await store.close();
    folder.remove();
  });

  it("gives back what was appended, after a restart too", async () => {
    let logs = await open();
    const runId = newId("run");
    assert.deepEqual(await logs.open(runId), { durableSeq: 0, headSeq: 0, firstSeq: 0, bytes: 0, damage: undefined });
    await Promise.all([
      logs.append(runId, outputRecord(1), 1, 1),
      logs.append(runId, outputRecords(2, 40), 2, 40),
      logs.append(runId, outputRecords(41, 41), 41, 41),
    ]);
    const expected = Buffer.from(outputRecords(1, 41));
    assert.deepEqual(await readAll(logs, runId), expected);
    await store.close();
    logs = await open();
    const state = await logs.open(runId);
    assert.deepEqual([state.durableSeq, state.headSeq, state.firstSeq], [41, 41, 1]);
    assert.deepEqual(await readAll(logs, runId), expected);
    assert.deepEqual(seqsOf(await readAll(logs, runId, 39)), [39, 40, 41]);
    assert.deepEqual(seqsOf(await readAll(logs, runId, 42)), []);
  });

  it("makes files 0600 and folders 0700", async () => {
    const logs = await open();
    const runId = newId("run");
    await logs.append(runId, outputRecord(1), 1, 1);
    const at = (...parts: string[]) => statSync(folder.at("data", ...parts)).mode & 0o777;
    assert.equal(at(), 0o700);
    assert.equal(at("logs", runId.slice(-2), runId), 0o700);
    assert.equal(at("logs", runId.slice(-2), runId, segmentsOf(runId)[0] ?? ""), 0o600);
    assert.equal(at("store.json"), 0o600);
  });

  it("shows the head at once, reads what is not durable yet, and ends where the head is", async () => {
    const logs = await open();
    const runId = newId("run");
    const writes: Promise<void>[] = [];
    for (let seq = 1; seq <= 300; seq++) writes.push(logs.append(runId, outputRecord(seq), seq, seq));
    const state = await logs.open(runId);
    assert.equal(state.headSeq, 300);
    assert.ok(state.durableSeq < 300, "nothing was waited for");
    assert.deepEqual(await readAll(logs, runId, 7), Buffer.from(outputRecords(7, 300)));
    await Promise.all(writes);
  });

  it("refuses records that do not follow, and takes the right ones afterwards", async () => {
    const logs = await open();
    const runId = newId("run");
    await logs.append(runId, outputRecords(1, 5), 1, 5);
    const refused: [Uint8Array, number, number, string][] = [
      [outputRecord(5), 5, 5, "record_out_of_sequence"],
      [outputRecord(7), 7, 7, "record_out_of_sequence"],
      [outputRecords(6, 7), 6, 8, "record_out_of_sequence"],
      [outputRecords(6, 7), 5, 7, "record_out_of_sequence"],
      [outputRecords(6, 7), 7, 7, "record_out_of_sequence"],
      [Buffer.concat([outputRecord(6), outputRecord(8)]), 6, 8, "record_out_of_sequence"],
      [new Uint8Array(0), 6, 5, "record_out_of_sequence"],
      [outputRecord(6).subarray(0, 20), 6, 6, "record_damaged"],
    ];
    for (const [bytes, first, last, code] of refused) {
      await assert.rejects(logs.append(runId, bytes, first, last), { code });
    }
    await logs.append(runId, outputRecord(6), 6, 6);
    assert.deepEqual(seqsOf(await readAll(logs, runId)), [1, 2, 3, 4, 5, 6]);
  });

  it("takes a gap that begins within or right behind what it has, at the very start too", async () => {
    let logs = await open();
    const [behind, within, start] = [newId("run"), newId("run"), newId("run")];
    await logs.append(behind, outputRecords(1, 10), 1, 10);
    await assert.rejects(logs.append(behind, gapRecord(12, 20), 20, 20), { code: "record_out_of_sequence" });
    await logs.append(behind, gapRecord(11, 20), 20, 20);
    await logs.append(behind, outputRecord(21), 21, 21);
    await logs.append(within, outputRecords(1, 10), 1, 10);
    await logs.append(within, Buffer.concat([gapRecord(4, 20), outputRecord(21)]), 11, 21);
    await logs.append(start, Buffer.concat([gapRecord(1, 500), outputRecord(501)]), 500, 501);
    await store.close();
    logs = await open();
    const kept = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 21];
    assert.deepEqual(seqsOf(await readAll(logs, behind)), kept);
    assert.deepEqual(seqsOf(await readAll(logs, within)), kept);
    assert.deepEqual(seqsOf(await readAll(logs, within, 12)), [20, 21]);
    assert.deepEqual(seqsOf(await readAll(logs, start)), [500, 501]);
    assert.deepEqual((await logs.open(start)).firstSeq, 500);
  });

  it("goes on in a new segment at the cap, and reads across all of them in pieces of at most 256 KB", async () => {
    let logs = await open();
    const runId = newId("run");
    const payloadBytes = 60_000;
    for (let seq = 1; seq <= 300; seq += 10) {
      await logs.append(runId, outputRecords(seq, seq + 9, payloadBytes), seq, seq + 9);
    }
    assert.deepEqual(segmentsOf(runId), ["000000000000001.seg", "000000000000131.seg", "000000000000261.seg"]);
    await store.close();
    logs = await open();
    for (const fromSeq of [1, 2, 129, 130, 131, 200, 299, 300]) {
      let next = fromSeq;
      for await (const chunk of logs.read(runId, fromSeq)) {
        assert.ok(chunk.length <= 256 * 1024);
        for (const seq of seqsOf(chunk)) assert.equal(seq, next++);
      }
      assert.equal(next, 301);
    }
  });

  it("reads a record that is larger than a piece", async () => {
    const logs = await open();
    const runId = newId("run");
    const big = outputRecord(2, 1_000_000);
    const all = Buffer.concat([outputRecord(1), big, outputRecord(3)]);
    const durable = logs.append(runId, all, 1, 3);
    assert.deepEqual(await readAll(logs, runId), all, "from memory");
    await durable;
    assert.deepEqual(await readAll(logs, runId), all, "from the disk");
    assert.deepEqual(await readAll(logs, runId, 3), Buffer.from(outputRecord(3)));
  });

  it("reads the same bytes whatever the appends, the segments and the place were (property)", async () => {
    await open({ maxSegmentBytes: 700 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }), async (sizes) => {
        const runId = newId("run");
        let head = 0;
        for (const size of sizes) {
          await store.logs.append(runId, outputRecords(head + 1, head + size), head + 1, head + size);
          head += size;
        }
        await store.logs.release(runId);
        const fromSeq = 1 + ((head * 13) % head);
        assert.deepEqual(await readAll(store.logs, runId, fromSeq), Buffer.from(outputRecords(fromSeq, head)));
      }),
      { numRuns: 40 },
    );
  });

  it("keeps few files open, and appends again to a log whose file was closed", async () => {
    const logs = await open();
    const runIds = Array.from({ length: 300 }, () => newId("run"));
    for (const seq of [1, 2]) {
      await Promise.all(runIds.map((runId) => logs.append(runId, outputRecord(seq), seq, seq)));
    }
    const openFiles = countOpenFiles();
    assert.ok(openFiles < 250, `${openFiles} files are open`);
    for (const runId of runIds) assert.deepEqual(seqsOf(await readAll(logs, runId)), [1, 2]);
  }).timeout(10_000);

  it("lets a reader go on while it is appended to, and follows up to the head", async () => {
    const logs = await open();
    const runId = newId("run");
    await logs.append(runId, outputRecords(1, 50, 10_000), 1, 50);
    const seen: number[] = [];
    let appended = 50;
    for await (const chunk of logs.read(runId, 1)) {
      seen.push(...seqsOf(chunk));
      if (appended === 50) {
        appended = 60;
        await logs.append(runId, outputRecords(51, 60), 51, 60);
      }
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
  });

  it("refuses an id that is no run's", async () => {
    const logs = await open();
    await assert.rejects(logs.open("run_../../../../etc/passwd"), { code: "not_found" });
  });

  it("keeps the newest snapshot, and does not give out a damaged one", async () => {
    let logs = await open();
    const runId = newId("run");
    assert.equal(await logs.snapshot(runId), undefined);
    const frame = (seq: number) =>
      encodeSnapshotFrame({ runId, seq, cols: 80, rows: 24, bytes: Buffer.from(`screen ${seq}`) });
    const puts = [1, 2, 3, 4].map((seq) => logs.putSnapshot(runId, frame(seq)));
    assert.deepEqual(await logs.snapshot(runId), frame(4), "while it is written");
    await Promise.all(puts);
    await store.close();
    logs = await open();
    assert.deepEqual(Buffer.from((await logs.snapshot(runId)) ?? []), Buffer.from(frame(4)));
    const path = join(folder.at("data", "logs", runId.slice(-2), runId), "snapshot");
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x10;
      writeFileSync(path, flipped);
      assert.equal(await logs.snapshot(runId), undefined);
      writeFileSync(path, bytes.subarray(0, at));
      assert.equal(await logs.snapshot(runId), undefined);
    }
  });
});
