import assert from "node:assert/strict";
import fc from "fast-check";
import { maxRecordBytes } from "#protocol/caps";
import { BatonError } from "#protocol/errors";
import {
  encodeRecord,
  type LocatedRecord,
  type LogRecord,
  readRecord,
  recordHeaderBytes,
  recordKindName,
  recordKinds,
  scanRecords,
} from "#protocol/record";
import { anyRecord, bytesOf, concat, encodedRecords, maxU48, mutated } from "./arbitraries.ts";

describe("records", () => {
  it("are the same after encoding and reading, at any offset", () => {
    fc.assert(
      fc.property(anyRecord(), bytesOf(20), bytesOf(20), (record, before, behind) => {
        const encoded = encodeRecord(record);
        const read = readRecord(concat([before, encoded, behind]), before.length);
        assert.ok(typeof read !== "string", String(read));
        assert.deepEqual(plain(read), record);
        assert.equal(read.start, before.length);
        assert.equal(read.end, before.length + encoded.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it("are passed on as they are: encoding what was read gives the same bytes, unknown kinds included", () => {
    fc.assert(
      fc.property(encodedRecords(), (encoded) => {
        const scan = scanRecords(concat(encoded));
        assert.equal(scan.damage, undefined);
        assert.deepEqual(
          scan.records.map((record) => encodeRecord(plain(record))),
          encoded,
        );
      }),
    );
  });

  it("of a view into a larger buffer are read by their own offsets", () => {
    const encoded = encodeRecord({ seq: 7, ts: 9, kind: 1, payload: Uint8Array.of(1, 2, 3) });
    const view = concat([new Uint8Array(13), encoded]).subarray(13);
    assert.deepEqual(plain(scanRecords(view).records[0]), { seq: 7, ts: 9, kind: 1, payload: Uint8Array.of(1, 2, 3) });
  });

  it("take up to their cap and not a byte more", () => {
    const payload = new Uint8Array(maxRecordBytes - recordHeaderBytes);
    const largest = encodeRecord({ seq: 1, ts: 1, kind: recordKinds.output, payload });
    assert.equal(largest.length, maxRecordBytes);
    assert.equal(scanRecords(largest).records.length, 1);
    assert.throws(
      () => encodeRecord({ seq: 1, ts: 1, kind: 1, payload: new Uint8Array(payload.length + 1) }),
      coded("frame_too_large"),
    );
  });

  it("refuse numbers outside their fields", () => {
    const good: LogRecord = { seq: 1, ts: 1, kind: 1, payload: new Uint8Array(0) };
    const wrong: Partial<LogRecord>[] = [
      { seq: -1 },
      { seq: maxU48 + 1 },
      { seq: 1.5 },
      { seq: Number.NaN },
      { ts: -1 },
      { ts: Number.POSITIVE_INFINITY },
      { kind: 256 },
      { kind: -1 },
      { extension: new Uint8Array(0x1_0000) },
    ];
    for (const change of wrong) assert.throws(() => encodeRecord({ ...good, ...change }), coded("frame_malformed"));
  });

  it("end at the first that is cut or damaged, and everything before is kept: every cut of a log", () => {
    const encoded = [1, 2, 3].map((seq) =>
      encodeRecord({ seq, ts: seq, kind: seq, payload: new Uint8Array(9).fill(seq) }),
    );
    const log = concat(encoded);
    for (let end = 0; end <= log.length; end++) {
      const scan = scanRecords(log.subarray(0, end));
      const whole = Math.floor(end / 31);
      assert.equal(scan.records.length, whole);
      assert.equal(scan.validBytes, whole * 31);
      assert.equal(scan.damage, end % 31 === 0 ? undefined : "cut");
    }
  });

  it("keep the valid prefix for every flipped bit of a log", () => {
    const log = concat([1, 2, 3].map((seq) => encodeRecord({ seq, ts: 5, kind: 1, payload: new Uint8Array(9) })));
    for (let bit = 0; bit < log.length * 8; bit++) {
      const changed = log.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const scan = scanRecords(changed);
      assert.equal(scan.records.length, Math.floor(bit / 8 / 31));
      assert.notEqual(scan.damage, undefined);
    }
  });

  it("are read from any bytes without a throw, within the bytes, and forward only", () => {
    const anything = fc.oneof(bytesOf(200), mutated(encodedRecords().map(concat)));
    fc.assert(
      fc.property(anything, fc.nat({ max: 220 }), (bytes, start) => {
        const scan = scanRecords(bytes, start);
        let offset = start;
        for (const record of scan.records) {
          assert.equal(record.start, offset);
          assert.ok(record.end > record.start && record.end <= bytes.length);
          assert.equal(record.payload.buffer, bytes.buffer);
          offset = record.end;
        }
        assert.equal(scan.validBytes, offset - start);
        assert.equal(scan.damage === undefined, offset >= bytes.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("have one number and one name a kind, and numbers from later versions have none", () => {
    const codes = Object.values(recordKinds);
    assert.equal(new Set(codes).size, codes.length);
    for (const [name, code] of Object.entries(recordKinds)) assert.equal(recordKindName(code), name);
    for (const code of [0, Math.max(...codes) + 1, 255]) assert.equal(recordKindName(code), undefined);
  });
});

/** A record without its place in a buffer. */
function plain(record: LocatedRecord | undefined): LogRecord {
  assert.ok(record);
  const { start: _start, end: _end, ...rest } = record;
  return rest;
}

const coded = (code: string) => (error: unknown) => error instanceof BatonError && error.code === code;
