import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeFrame, encodeRecordsFrame, frameHeaderBytes } from "#protocol/frame";
import { newId } from "#protocol/ids";
import { encodePayload } from "#protocol/payloads";
import { encodeRecord, recordKinds } from "#protocol/record";
import { newRun, withRecord } from "#protocol/run-document";
import { cutIntoFrames, FrameTail, SharedFrame } from "#relay/domain/frame-tail";
import { LogMarks } from "#relay/domain/log-marks";
import { outputBytesOf, storedRecords, walkRecords } from "#relay/domain/record-walk";
import { webSocketFrame } from "#relay/sockets/websocket-frame";
import { scriptedRun } from "#test/support/runner-client";

const runId = newId("run");
/** Records without a hole, some of them no output. */
const logArbitrary = fc
  .array(fc.record({ size: fc.nat({ max: 300 }), isOutput: fc.boolean() }), { minLength: 1, maxLength: 60 })
  .map((list) =>
    list.map(({ size, isOutput }, index) =>
      encodeRecord(
        isOutput
          ? { seq: index + 1, ts: index, kind: recordKinds.output, payload: new Uint8Array(size).fill(index) }
          : { seq: index + 1, ts: index, ...encodePayload("status", { status: "running" }) },
      ),
    ),
  );
const join = (parts: readonly Uint8Array[]) => Buffer.concat(parts);

describe("relay: frames on their way to viewers", () => {
  it("walks over records as the checked reading does", () => {
    fc.assert(
      fc.property(logArbitrary, (records) => {
        const bytes = join(records);
        const steps = [...walkRecords(bytes)];
        const read = [...storedRecords(bytes)];
        assert.deepEqual(
          steps.map(({ seq, start, end }) => [seq, start, end]),
          read.map(({ seq, start, end }) => [seq, start, end]),
        );
        const output = read.reduce(
          (sum, { kind, payload }) => (kind === recordKinds.output ? sum + payload.length : sum),
          0,
        );
        assert.equal(
          steps.reduce((sum, step) => sum + outputBytesOf(step), 0),
          output,
        );
      }),
    );
  });

  it("cuts a stored chunk into frames that are the same records, from any seq on", () => {
    fc.assert(
      fc.property(logArbitrary, fc.nat({ max: 70 }), fc.integer({ min: 30, max: 2_000 }), (records, from, maxBytes) => {
        const frames = [...cutIntoFrames(runId, join(records), from, maxBytes)];
        const bodies = frames.map(({ bytes }) => bytes.subarray(frameHeaderBytes));
        assert.deepEqual(join(bodies), join(records.slice(Math.max(0, from - 1))));
        let expected = from;
        for (const frame of frames) {
          assert.equal(frame.fromSeq, expected);
          expected = frame.lastSeq + 1;
          const decoded = decodeFrame(frame.bytes);
          assert.ok(decoded.type === "records");
          if (decoded.type === "records" && decoded.records.length > 1) assert.ok(decoded.bytes.length <= maxBytes);
        }
      }),
    );
  });

  it("holds the newest frames without a hole, and gives any seq in them", () => {
    fc.assert(
      fc.property(
        logArbitrary,
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 60, maxLength: 60 }),
        fc.nat({ max: 4_000 }),
        (records, sizes, maxBytes) => {
          const tail = new FrameTail();
          for (let at = 0, i = 0; at < records.length; i++) {
            const part = records.slice(at, at + (sizes[i] ?? 1));
            tail.push(new SharedFrame(encodeRecordsFrame(runId, part), at + 1, at + part.length, 0));
            at += part.length;
            tail.trim(maxBytes, records.length);
          }
          let isHeld = false;
          for (let seq = 1; seq <= records.length; seq++) {
            const frame = tail.at(runId, seq);
            if (!frame) {
              assert.equal(isHeld, false, "no hole");
              continue;
            }
            isHeld = true;
            assert.equal(frame.fromSeq, seq);
            const end = frame.lastSeq;
            assert.deepEqual(Buffer.from(frame.bytes.subarray(frameHeaderBytes)), join(records.slice(seq - 1, end)));
          }
          assert.ok(isHeld, "the last one is always there");
          assert.equal(tail.at(runId, records.length + 1), undefined);
        },
      ),
    );
  });

  it("knows how far behind a place is, never too little by more than a mark", () => {
    const grows = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 60_000 }), ms: fc.nat({ max: 900 }) }), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(grows, (steps) => {
        const marks = new LogMarks(0, 0);
        const total = [0];
        let now = 0;
        steps.forEach(({ bytes, ms }, index) => {
          now += ms;
          marks.grown(index + 1, bytes, now);
          total.push((total[index] ?? 0) + bytes);
        });
        for (let seq = 0; seq < steps.length; seq++) {
          const behind = marks.behind(seq, now);
          const real = (total.at(-1) ?? 0) - (total[seq] ?? 0);
          if (behind) assert.ok(behind.bytes >= real);
          else assert.ok(real > 512 * 1024, "only what is far behind is forgotten");
        }
      }),
    );
  });

  it("frames WebSocket messages of every size as RFC 6455 says", () => {
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      const frame = Buffer.from(webSocketFrame(2, new Uint8Array(size).fill(5)));
      const short = frame.readUInt8(1);
      const [length, start] =
        short < 126 ? [short, 2] : short === 126 ? [frame.readUInt16BE(2), 4] : [Number(frame.readBigUInt64BE(2)), 10];
      assert.equal(frame[0], 0x82);
      assert.equal(length, size);
      assert.equal(frame.length - start, size);
    }
  });

  it("makes a run's document from its log, the same however it is cut", () => {
    const run = scriptedRun(newId("runner"));
    const frames = [
      run.record("status", { status: "running" }),
      run.output("abc", "de"),
      run.record("resize", { cols: 90, rows: 20 }),
      run.record("status", { status: "needs-you" }),
      run.record("exit", { end: "cancelled", by: { kind: "member", memberId: newId("member") }, sessionId: "s" }),
    ];
    const records = frames.flatMap((frame) => [...storedRecords(frame.subarray(frameHeaderBytes))]);
    const apply = (list: typeof records, from = newRun(run.header, 1)) =>
      list.reduce((one, record) => withRecord(one, record, 2), from);
    const whole = apply(records);
    assert.deepEqual(
      [whole.status, whole.end, whole.outputBytes, whole.size, whole.sessionId],
      ["ended", "cancelled", 5, { cols: 90, rows: 20 }, "s"],
    );
    for (let cut = 0; cut <= records.length; cut++) {
      assert.deepEqual(apply(records, apply(records.slice(0, cut))), whole, "what was seen before changes nothing");
    }
  });
});
