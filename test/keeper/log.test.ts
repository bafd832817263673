import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId, type RunId } from "#protocol/ids";
import { encodePayload } from "#protocol/payloads";
import { encodeRecord, recordKinds, scanRecords } from "#protocol/record";
import { createLogWriter } from "#runner/keeper/log-writer";
import { scanLog } from "#runner/keeper/scan-log";
import { type LogPosition, readRecords } from "#runner/keeper/segment";
import { allocateMessage, payloadOffset, recordOffset } from "#runner/keeper/wire";
import { type TempFolder, tempFolder } from "#test/support/temp";

const runId: RunId = newId("run");

describe("keeper: the log", () => {
  let folder: TempFolder;
  beforeEach(() => {
    folder = tempFolder("log");
  });
  afterEach(() => folder.remove());

  function writer(segmentBytes = 300) {
    let ts = 1_000;
    const now = () => (ts += ts % 3 ? 1 : -1);
    const folderPath = folder.path;
    return createLogWriter({
      folder: folderPath,
      runId,
      segmentBytes,
      maxRunLogBytes: 1e9,
      now,
      segmentBegun: () => undefined,
      syncFailed: () => undefined,
    });
  }
  function append(log: ReturnType<typeof writer>, kind: number, payload: Uint8Array) {
    const message = allocateMessage(payload.length);
    message.set(payload, payloadOffset);
    return log.append(kind, message, message.length);
  }
  const output = (n: number) => Buffer.from(`line ${n} `.repeat(1 + (n % 7)));

  it("holds the same bytes as the wire, with a clock that never goes back", () => {
    const log = writer();
    let lastTs = 0;
    for (let n = 0; n < 50; n++) {
      const { message, seq } = append(log, recordKinds.output, output(n));
      const [record] = scanRecords(message.subarray(recordOffset)).records;
      assert.ok(record);
      assert.equal(seq, n + 1);
      assert.ok(record.ts >= lastTs);
      lastTs = record.ts;
      const again = encodeRecord({ seq, ts: record.ts, kind: recordKinds.output, payload: output(n) });
      assert.deepEqual(Buffer.from(again), message.subarray(recordOffset));
    }
    const files = log.segments.map((segment) => readFileSync(segment.path));
    assert.ok(files.length > 5);
    assert.equal(scanRecords(Buffer.concat(files)).records.length, 50);
  });

  it("is read from any seq, in pieces as small as a record", () => {
    const log = writer();
    for (let n = 0; n < 60; n++) append(log, recordKinds.output, output(n));
    for (const from of [1, 2, 17, 59, 60]) {
      const position: LogPosition = { nextSeq: from, segment: undefined, offset: 0 };
      const seqs: number[] = [];
      for (
        let read = readRecords(log.segments, position, 40, 7);
        read;
        read = readRecords(log.segments, position, 40, 7)
      ) {
        const { records } = scanRecords(read.memory.subarray(7, read.end));
        seqs.push(...records.map((record) => record.seq));
        assert.equal(
          read.payloadBytes,
          records.reduce((sum, record) => sum + record.payload.length, 0),
        );
      }
      assert.deepEqual(
        seqs,
        Array.from({ length: 61 - from }, (_, i) => from + i),
      );
    }
  });

  it("keeps the valid prefix when it is cut at any byte, or any bit of it flips", () => {
    const log = writer(180);
    append(log, recordKinds.status, encodePayload("status", { status: "running", pid: 5 }).payload);
    for (let n = 0; n < 8; n++) append(log, recordKinds.output, output(n));
    const exit = encodePayload("exit", { end: "exited", exitCode: 0 });
    append(log, exit.kind, exit.payload);
    const files = log.segments.map((segment) => ({ path: segment.path, bytes: readFileSync(segment.path) }));
    const whole = Buffer.concat(files.map((file) => file.bytes));
    const ends = scanRecords(whole).records.map((record) => record.end);

    let checked = 0;
    const check = (damage: (bytes: Buffer, at: number) => Buffer, validTo: (offset: number) => number) => {
      let start = 0;
      for (const file of files) {
        for (let at = 0; at < file.bytes.length; at++) {
          const copy = join(folder.path, `copy-${checked++}`);
          mkdirSync(copy);
          for (const one of files) {
            const content = one === file ? damage(Buffer.from(one.bytes), at) : one.bytes;
            writeFileSync(join(copy, one.path.slice(folder.path.length + 1)), content);
          }
          const valid = ends.filter((end) => end <= validTo(start + at)).length;
          const scanned = scanLog(copy);
          assert.equal(scanned.headSeq, valid, `damage at ${at} of ${file.path}`);
          const again = scanLog(copy);
          assert.equal(again.damage, undefined, "it was cut, so that it is whole now");
          assert.equal(again.headSeq, valid);
        }
        start += file.bytes.length;
      }
    };
    check(
      (bytes, at) => bytes.subarray(0, at),
      (offset) => offset,
    );
    check(
      (bytes, at) => {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        return bytes;
      },
      (offset) => offset,
    );
    assert.ok(checked > 800);
  });

  it("takes nothing in when the disk refuses, and goes on where it was", () => {
    const log = writer(1e6);
    append(log, recordKinds.output, output(1));
    const before = log.headSeq;
    const [segment] = log.segments;
    assert.ok(segment);
    // Half a record at the end, as a full disk leaves it: the next one is written over it.
    writeFileSync(segment.path, Buffer.concat([readFileSync(segment.path), Buffer.from("half a record")]), {
      flag: "r+",
    });
    append(log, recordKinds.output, Buffer.alloc(100, 0x61));
    log.close();
    const scanned = scanLog(folder.path);
    assert.equal(scanned.headSeq, before + 1);
    assert.equal(scanned.damage, undefined);
  });

  it("gives way in the middle of being read", () => {
    const log = writer(500);
    for (let n = 0; n < 200; n++) append(log, recordKinds.output, output(n));
    const position: LogPosition = { nextSeq: 1, segment: undefined, offset: 0 };
    const first = readRecords(log.segments, position, 100, 0);
    assert.ok(first);
    log.shrink(2_000);
    assert.ok(log.bytes <= 2_500);
    const seqs: [number, number][] = [];
    for (
      let read = readRecords(log.segments, position, 1e6, 0);
      read;
      read = readRecords(log.segments, position, 1e6, 0)
    ) {
      for (const record of scanRecords(read.memory.subarray(0, read.end)).records) seqs.push([record.kind, record.seq]);
    }
    assert.equal(seqs[0]?.[0], recordKinds.gap);
    assert.equal(seqs.at(-1)?.[1], 200);
  });
});
