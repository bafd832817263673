import assert from "node:assert/strict";
import fc from "fast-check";
import { BatonError } from "#protocol/errors";
import { decodePayload, encodePayload, type PayloadKind, recordPayloads } from "#protocol/payloads";
import { encodeRecord, recordKindName, recordKinds, scanRecords } from "#protocol/record";
import { arbitraryOf } from "#test/support/zod-arbitrary";

describe("payloads of records", () => {
  for (const kind of Object.keys(recordPayloads) as PayloadKind[]) {
    it(`${kind}: the same after a way through a record`, () => {
      fc.assert(
        fc.property(arbitraryOf(recordPayloads[kind]), (payload) => {
          const [record] = scanRecords(encodeRecord({ seq: 1, ts: 1, ...encodePayload(kind, payload) })).records;
          assert.ok(record);
          assert.equal(recordKindName(record.kind), kind);
          assert.deepEqual(decodePayload(kind, record.payload), payload);
        }),
        { numRuns: 30 },
      );
    });

    it(`${kind}: any bytes are a payload or message_malformed`, () => {
      fc.assert(
        fc.property(
          fc.oneof(
            fc.uint8Array(),
            fc.json().map((text) => new TextEncoder().encode(text)),
          ),
          (bytes) => {
            try {
              decodePayload(kind, bytes);
            } catch (error) {
              assert.ok(error instanceof BatonError && error.code === "message_malformed", String(error));
            }
          },
        ),
      );
    });
  }

  it("of output are no JSON, and the number of every kind fits its byte", () => {
    assert.ok(!("output" in recordPayloads));
    for (const code of Object.values(recordKinds)) assert.ok(code > 0 && code < 256);
  });
});
