import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeFrame, encodeInputFrame, encodeRecordsFrame } from "#protocol/frame";
import { newId } from "#protocol/ids";
import { encodeRecord } from "#protocol/record";
import { frameRunId, frameType, measureRecords } from "#runner/core/frames";

describe("runner: frames that are passed on", () => {
  it("measures what the decoder finds, without decoding", () => {
    const record = fc.record({
      payload: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), fc.integer({ min: 1, max: 2 ** 40 }), (records, firstSeq) => {
        const runId = newId("run");
        const encoded = records.map(({ payload }, i) => encodeRecord({ seq: firstSeq + i, ts: 1, kind: 1, payload }));
        const frame = encodeRecordsFrame(runId, encoded);
        const decoded = decodeFrame(frame);
        assert.equal(decoded.type, "records");
        if (decoded.type !== "records") return;
        assert.equal(frameType(frame), "records");
        assert.equal(frameRunId(frame), runId);
        assert.deepEqual(measureRecords(frame), {
          lastSeq: decoded.records.at(-1)?.seq ?? 0,
          payloadBytes: decoded.records.reduce((sum, { payload }) => sum + payload.length, 0),
        });
      }),
    );
  });

  it("tells the types apart and takes no byte for granted", () => {
    assert.equal(frameType(encodeInputFrame(newId("run"), 1, new Uint8Array(3))), "input");
    assert.equal(frameType(new Uint8Array(4)), undefined);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void measureRecords(bytes)));
  });
});
