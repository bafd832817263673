import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32c } from "#protocol/crc32c";
import { newId, type RunId } from "#protocol/ids";
import { scanRecords } from "#protocol/record";
import { type EmbeddedStore, openEmbeddedStore } from "#relay/store/embedded/embedded-store";
import { outputRecord, outputRecords, readAll, seqsOf } from "#test/relay/store/support/records";
import { unsyncedDisk } from "#test/relay/store/support/unsynced-disk";
import { type TempFolder, tempFolder } from "#test/support/temp";

const headerBytes = 40;
const lastSeq = 9;
/** Of a record; with the header that makes 28 bytes, three of them a segment. */
const payloadBytes = 6;

describe("a damaged log", () => {
  let folder: TempFolder;
  let store: EmbeddedStore;
  let runId: RunId;
  let logFolder: string;
  let files: { name: string; bytes: Buffer; firstSeq: number }[];
  const damages: string[] = [];

  before(async () => {
    folder = tempFolder("store");
    store = await openEmbeddedStore({
      dataFolder: folder.at("data"),
      maxSegmentBytes: headerBytes + 3 * 28,
      io: unsyncedDisk,
      logger: { info: () => {}, warn: () => {}, error: (_, message) => damages.push(message) },
    });
    runId = newId("run");
    for (let seq = 1; seq <= lastSeq; seq++) await store.logs.append(runId, outputRecord(seq, payloadBytes), seq, seq);
    await store.logs.release(runId);
    logFolder = folder.at("data", "logs", runId.slice(-2), runId);
    files = readdirSync(logFolder)
      .sort()
      .map((name) => ({ name, bytes: readFileSync(join(logFolder, name)), firstSeq: Number(name.slice(0, 15)) }));
    assert.equal(files.length, 3);
  });
  after(async () => {
    await store.close();
    folder.remove();
  });

  const restore = async () => {
    await store.logs.release(runId);
    rmSync(logFolder, { recursive: true });
    mkdirSync(logFolder);
    for (const { name, bytes } of files) writeFileSync(join(logFolder, name), bytes);
  };

  /** The last seq before the damaged place: records whose bytes all lie in front of it. */
  const validSeqAt = (file: (typeof files)[number], offset: number): number => {
    const whole = scanRecords(file.bytes.subarray(headerBytes)).records.filter(
      (record) => headerBytes + record.end <= offset,
    );
    return whole.at(-1)?.seq ?? file.firstSeq - 1;
  };

  const check = async (validSeq: number, what: string, wasCut: boolean) => {
    damages.length = 0;
    const told: number[] = [];
    const stop = store.logs.onDamage((_, damage) => told.push(damage.validSeq));
    assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, validSeq, payloadBytes)), what);
    const state = await store.logs.open(runId);
    assert.deepEqual([state.durableSeq, state.headSeq], [validSeq, validSeq], what);
    assert.equal(state.damage?.validSeq, wasCut ? validSeq : undefined, what);
    assert.deepEqual([damages.length > 0, told.length > 0], [wasCut, wasCut], what);
    const kept = readdirSync(logFolder).filter((name) => name.endsWith(".damaged"));
    assert.equal(kept.length > 0, wasCut, what);
    stop();
    // The runner sends again what was lost, and the log is as it was.
    if (validSeq < lastSeq) {
      await store.logs.append(runId, outputRecords(validSeq + 1, lastSeq, payloadBytes), validSeq + 1, lastSeq);
    }
    await store.logs.release(runId);
    assert.deepEqual(await readAll(store.logs, runId), Buffer.from(outputRecords(1, lastSeq, payloadBytes)), what);
    assert.equal((await store.logs.open(runId)).damage, undefined, what);
  };

  it("keeps the valid prefix when a bit is flipped at any offset", async () => {
    for (const file of files) {
      for (let offset = 0; offset < file.bytes.length; offset++) {
        await restore();
        const flipped = Buffer.from(file.bytes);
        flipped[offset] = (flipped[offset] ?? 0) ^ (1 << (offset % 8));
        writeFileSync(join(logFolder, file.name), flipped);
        // All that a header says stands in the path too.
        const isHeader = offset < headerBytes;
        const validSeq = isHeader ? lastSeq : validSeqAt(file, offset);
        await check(validSeq, `${file.name} flipped at ${offset}`, !isHeader);
      }
    }
  }).timeout(40_000);

  it("keeps the valid prefix when a file ends at any offset", async () => {
    for (const file of files) {
      const isLast = file === files.at(-1);
      for (let offset = 0; offset < file.bytes.length; offset++) {
        await restore();
        truncateSync(join(logFolder, file.name), offset);
        const validSeq = validSeqAt(file, offset);
        const isWhole =
          offset === 0 || offset === headerBytes || validSeqAt(file, offset - 1) < validSeq || offset < headerBytes;
        await check(validSeq, `${file.name} ends at ${offset}`, !(isLast && isWhole));
      }
    }
  }).timeout(40_000);

  it("keeps what is in front of a segment that is missing", async () => {
    for (const file of files) {
      await restore();
      rmSync(join(logFolder, file.name));
      const isLast = file === files.at(-1);
      await check(file.firstSeq - 1, `${file.name} is missing`, !isLast);
    }
  });

  it("does not take the log of another run for its own", async () => {
    const other = newId("run");
    await store.logs.append(other, outputRecords(1, 3), 1, 3);
    await store.logs.release(other);
    const path = join(folder.at("data", "logs", other.slice(-2), other), files[0]?.name ?? "");
    writeFileSync(path, files[0]?.bytes ?? "");
    assert.deepEqual(seqsOf(await readAll(store.logs, other)), []);
    assert.equal((await store.logs.open(other)).damage?.reason, "it belongs to another run");
  });

  it("refuses a log of a newer version and leaves it as it is", async () => {
    const other = newId("run");
    await store.logs.append(other, outputRecords(1, 3), 1, 3);
    await store.logs.release(other);
    const path = join(folder.at("data", "logs", other.slice(-2), other), "000000000000001.seg");
    const bytes = readFileSync(path);
    bytes.writeUInt16BE(2, 8);
    bytes.writeUInt32BE(crc32c(bytes, 0, 36), 36);
    writeFileSync(path, bytes);
    await assert.rejects(store.logs.open(other), { code: "store_newer" });
    assert.deepEqual(readFileSync(path), bytes);
  });
});
