import assert from "node:assert/strict";
import fc from "fast-check";
import { maxStreamMessageBytes } from "#protocol/caps";
import { BatonError } from "#protocol/errors";
import { encodeStreamMessage, StreamDecoder, type StreamMessage, streamKinds } from "#protocol/stream";
import { bytesOf, concat, cutAt, cuts, mutated } from "./arbitraries.ts";

const anyMessage: fc.Arbitrary<StreamMessage> = fc.record(
  { kind: fc.constantFrom(streamKinds.control, streamKinds.frame), body: bytesOf(300) },
  { noNullPrototype: true },
);
const encode = (messages: readonly StreamMessage[]) =>
  concat(messages.map((message) => encodeStreamMessage(message.kind, message.body)));
const headerBytes = 4;

describe("the stream decoder", () => {
  it("gives back what was encoded, in whatever pieces it comes", () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 8 }), cuts, (messages, places) => {
        const decoder = new StreamDecoder();
        const got = cutAt(encode(messages), places).flatMap((piece) => decoder.push(piece));
        assert.deepEqual(got, messages);
      }),
      { numRuns: 1_000 },
    );
  });

  it("gives back what was encoded, byte by byte, and the pieces may be reused once it has returned all of them", () => {
    const messages: StreamMessage[] = [
      { kind: 0, body: new TextEncoder().encode("{}") },
      { kind: 1, body: new Uint8Array(0) },
      { kind: 1, body: new Uint8Array(70_000).fill(7) },
    ];
    const decoder = new StreamDecoder();
    const got: StreamMessage[] = [];
    for (const byte of encode(messages)) got.push(...decoder.push(Uint8Array.of(byte)));
    assert.deepEqual(got, messages);
  });

  it("does not share memory between a message that was given out and one that is still being read", () => {
    const [a, b] = [new Uint8Array(10).fill(1), new Uint8Array(10).fill(2)];
    const bytes = encode([a, b].map((body) => ({ kind: 1 as const, body })));
    const decoder = new StreamDecoder();
    assert.deepEqual(decoder.push(bytes.slice(0, 3)), []);
    const [first] = decoder.push(bytes.slice(3, 20));
    const [second] = decoder.push(bytes.slice(20));
    assert.deepEqual([first?.body, second?.body], [a, b]);
  });

  it("makes messages or one coded error of any bytes, the same in every fragmentation, and stays with it", () => {
    const anything = fc.oneof(bytesOf(100), mutated(fc.array(anyMessage, { maxLength: 4 }).map(encode)));
    fc.assert(
      fc.property(anything, cuts, (bytes, places) => {
        const whole = feed([bytes]);
        const pieces = feed(cutAt(bytes, places));
        const single = feed(Array.from(bytes, (byte) => Uint8Array.of(byte)));
        assert.equal(pieces.error?.code, single.error?.code);
        assert.equal(whole.error?.code, single.error?.code);
        // An error in the same piece takes the messages before it along; without one nothing differs.
        if (!single.error) assert.deepEqual([whole.messages, pieces.messages], [single.messages, single.messages]);
        else assert.deepEqual(pieces.messages, single.messages.slice(0, pieces.messages.length));
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes messages up to the cap, and refuses a longer one when its length is there", () => {
    const largest = encodeStreamMessage(1, new Uint8Array(maxStreamMessageBytes - 1));
    assert.equal(new StreamDecoder().push(largest)[0]?.body.length, maxStreamMessageBytes - 1);
    assert.throws(() => encodeStreamMessage(1, new Uint8Array(maxStreamMessageBytes)), coded("frame_too_large"));
    for (const length of [maxStreamMessageBytes + 1, 2 ** 31, 2 ** 32 - 1]) {
      const decoder = new StreamDecoder();
      const header = new Uint8Array(headerBytes);
      new DataView(header.buffer).setUint32(0, length);
      assert.deepEqual(decoder.push(header.subarray(0, 3)), []);
      assert.throws(() => decoder.push(header.subarray(3)), coded("frame_too_large"));
      assert.ok(heldBytes(decoder) <= headerBytes);
      assert.throws(() => decoder.push(new Uint8Array(9)), coded("frame_too_large"));
    }
  });

  it("refuses an empty message and an unknown kind, for good", () => {
    for (const bytes of [Uint8Array.of(0, 0, 0, 0), Uint8Array.of(0, 0, 0, 1, 9)]) {
      const decoder = new StreamDecoder();
      assert.throws(() => decoder.push(bytes), coded("frame_malformed"));
      assert.throws(() => decoder.push(encodeStreamMessage(0, new Uint8Array(1))), coded("frame_malformed"));
    }
  });

  it("says that a kind is unknown as soon as its byte is there, not when a megabyte has come", () => {
    const decoder = new StreamDecoder();
    const header = new Uint8Array(headerBytes + 1).fill(9);
    new DataView(header.buffer).setUint32(0, maxStreamMessageBytes);
    assert.throws(() => decoder.push(header), coded("frame_malformed"));
  });

  it("holds no more than one message at its cap, however small the pieces and however large the announced length", () => {
    const decoder = new StreamDecoder();
    const message = encodeStreamMessage(1, new Uint8Array(maxStreamMessageBytes - 1));
    const pieceBytes = 3_001;
    for (let i = 0; i + pieceBytes < message.length; i += pieceBytes) {
      decoder.push(message.slice(i, i + pieceBytes));
      assert.ok(heldBytes(decoder) <= headerBytes + maxStreamMessageBytes, `${heldBytes(decoder)} bytes at ${i}`);
    }
    const slow = new StreamDecoder();
    for (const byte of message.subarray(0, 5_000)) slow.push(Uint8Array.of(byte));
    assert.ok(heldBytes(slow) <= 2 * 5_000, "an announced length is not allocated before its bytes are there");
  });

  it("lets go of what it has given out", () => {
    const decoder = new StreamDecoder();
    const bytes = encodeStreamMessage(1, new Uint8Array(500_000));
    decoder.push(bytes.slice(0, 400_000));
    assert.equal(decoder.push(bytes.slice(400_000)).length, 1);
    assert.equal(heldBytes(decoder), 0);
  });
});

/** The memory a decoder holds on to: its one private buffer. */
function heldBytes(decoder: StreamDecoder): number {
  const held: unknown = Reflect.get(decoder, "held");
  assert.ok(held instanceof Uint8Array);
  return held.buffer.byteLength;
}

function feed(pieces: readonly Uint8Array[]): { messages: StreamMessage[]; error: BatonError | undefined } {
  const decoder = new StreamDecoder();
  const messages: StreamMessage[] = [];
  let error: BatonError | undefined;
  for (const piece of pieces) {
    try {
      messages.push(...decoder.push(piece).map((message) => ({ kind: message.kind, body: message.body.slice() })));
      assert.equal(error, undefined, "an error is final");
    } catch (thrown) {
      assert.ok(
        thrown instanceof BatonError && ["frame_too_large", "frame_malformed"].includes(thrown.code),
        String(thrown),
      );
      assert.ok(error === undefined || error === thrown, "it is the same error each time");
      error = thrown;
    }
  }
  return { messages, error };
}

const coded = (code: string) => (error: unknown) => error instanceof BatonError && error.code === code;
