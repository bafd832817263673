import assert from "node:assert/strict";
import fc from "fast-check";
import { maxFrameBytes, maxInputBytes, maxRecordBytes, maxSnapshotBytes } from "#protocol/caps";
import { BatonError } from "#protocol/errors";
import {
  decodeFrame,
  encodeInputFrame,
  encodeRecordsFrame,
  encodeSnapshotFrame,
  type Frame,
  frameHeaderBytes,
} from "#protocol/frame";
import { newId } from "#protocol/ids";
import { encodeRecord } from "#protocol/record";
import { bytesOf, concat, encodedRecords, idOf, maxU48, mutated } from "./arbitraries.ts";

const recordsFrames = fc.tuple(idOf("run"), encodedRecords());
const inputFrames = fc.tuple(idOf("run"), fc.nat({ max: 0xffffffff }), bytesOf(300));
const snapshotFrames = fc.record(
  {
    runId: idOf("run"),
    seq: fc.maxSafeNat().map((n) => n % (maxU48 + 1)),
    cols: fc.nat({ max: 0xffff }),
    rows: fc.nat({ max: 0xffff }),
    bytes: bytesOf(300),
  },
  { noNullPrototype: true },
);
const anyFrame = fc.oneof(
  recordsFrames.map(([id, records]) => encodeRecordsFrame(id, records)),
  inputFrames.map(([id, epoch, bytes]) => encodeInputFrame(id, epoch, bytes)),
  snapshotFrames.map(encodeSnapshotFrame),
);

describe("frames", () => {
  it("of records are the same after encoding and decoding", () => {
    fc.assert(
      fc.property(recordsFrames, ([runId, encoded]) => {
        const frame = decodeFrame(encodeRecordsFrame(runId, encoded));
        assert.ok(frame.type === "records");
        assert.equal(frame.runId, runId);
        assert.deepEqual(frame.bytes, concat(encoded));
        assert.deepEqual(
          frame.records.map((record) => frame.bytes.subarray(record.start, record.end)),
          encoded,
        );
      }),
    );
  });

  it("of input are the same after encoding and decoding", () => {
    fc.assert(
      fc.property(inputFrames, ([runId, leaseEpoch, bytes]) => {
        const frame = decodeFrame(encodeInputFrame(runId, leaseEpoch, bytes));
        assert.deepEqual(frame, { type: "input", runId, leaseEpoch, bytes });
      }),
    );
  });

  it("of snapshots are the same after encoding and decoding", () => {
    fc.assert(
      fc.property(snapshotFrames, (snapshot) => {
        assert.deepEqual(decodeFrame(encodeSnapshotFrame(snapshot)), { type: "snapshot", ...snapshot });
      }),
    );
  });

  it("refuse numbers that do not fit their fields, instead of changing them", () => {
    const runId = newId("run");
    const snapshot = { runId, seq: 1, cols: 80, rows: 24, bytes: new Uint8Array(0) };
    for (const epoch of [-1, 2 ** 32, 0.5, Number.NaN]) {
      assert.throws(() => encodeInputFrame(runId, epoch, new Uint8Array(0)), coded("frame_malformed"));
    }
    for (const change of [{ seq: -1 }, { seq: maxU48 + 1 }, { cols: 0x1_0000 }, { rows: -1 }, { rows: 1.5 }]) {
      assert.throws(() => encodeSnapshotFrame({ ...snapshot, ...change }), coded("frame_malformed"));
    }
  });

  it("hold their caps on both sides", () => {
    const runId = newId("run");
    const record = encodeRecord({ seq: 1, ts: 1, kind: 1, payload: new Uint8Array(maxRecordBytes - 22) });
    assert.equal(decodeFrame(encodeRecordsFrame(runId, [record])).type, "records");
    assert.throws(() => encodeRecordsFrame(runId, [record, record]), coded("frame_too_large"));
    assert.throws(() => decodeFrame(new Uint8Array(maxFrameBytes + 1)), coded("frame_too_large"));

    const input = encodeInputFrame(runId, 1, new Uint8Array(maxInputBytes));
    assert.equal(decodeFrame(input).type, "input");
    assert.throws(() => encodeInputFrame(runId, 1, new Uint8Array(maxInputBytes + 1)), coded("input_too_large"));
    assert.throws(() => decodeFrame(concat([input, Uint8Array.of(0)])), coded("input_too_large"));

    const snapshot = { runId, seq: 1, cols: 80, rows: 24, bytes: new Uint8Array(maxSnapshotBytes) };
    const encoded = encodeSnapshotFrame(snapshot);
    assert.equal(decodeFrame(encoded).type, "snapshot");
    assert.throws(
      () => encodeSnapshotFrame({ ...snapshot, bytes: new Uint8Array(maxSnapshotBytes + 1) }),
      coded("frame_too_large"),
    );
    assert.throws(() => decodeFrame(concat([encoded, Uint8Array.of(0)])), coded("frame_too_large"));
  });

  it("that are cut anywhere in their header, or of an unknown type, are malformed", () => {
    for (let length = 0; length < frameHeaderBytes; length++) {
      assert.throws(() => decodeFrame(new Uint8Array(length).fill(1)), coded("frame_malformed"));
    }
    for (const type of [0, 4, 5, 127, 255]) {
      const bytes = new Uint8Array(60);
      bytes[0] = type;
      assert.throws(() => decodeFrame(bytes), coded("frame_malformed"));
    }
    assert.throws(() => decodeFrame(Uint8Array.of(2, ...new Uint8Array(20))), coded("frame_malformed"));
    assert.throws(() => decodeFrame(Uint8Array.of(3, ...new Uint8Array(26))), coded("frame_malformed"));
  });

  it("with one damaged record are refused, and the error says where", () => {
    const good = encodeRecord({ seq: 1, ts: 1, kind: 1, payload: Uint8Array.of(1) });
    const bad = encodeRecord({ seq: 2, ts: 1, kind: 1, payload: Uint8Array.of(2) });
    bad[bad.length - 1] = 3;
    assert.throws(
      () => decodeFrame(encodeRecordsFrame(newId("run"), [good, bad])),
      (error: unknown) =>
        error instanceof BatonError && error.code === "record_damaged" && error.params.offset === good.length,
    );
  });

  it("from any bytes are a frame or one coded error", () => {
    fc.assert(
      fc.property(fc.oneof(bytesOf(200), mutated(anyFrame)), (bytes) => {
        const frame = frameOrError(bytes);
        if (frame) assert.ok(frame.bytes.byteLength <= bytes.byteLength && frame.bytes.buffer === bytes.buffer);
      }),
      { numRuns: 3_000 },
    );
  });
});

const expectedCodes = new Set(["frame_too_large", "frame_malformed", "record_damaged", "input_too_large"]);

function frameOrError(bytes: Uint8Array): Frame | undefined {
  try {
    return decodeFrame(bytes);
  } catch (error) {
    assert.ok(error instanceof BatonError && expectedCodes.has(error.code), String(error));
    return undefined;
  }
}

const coded = (code: string) => (error: unknown) => error instanceof BatonError && error.code === code;
