import assert from "node:assert/strict";
import fc from "fast-check";
import { crc32c } from "#protocol/crc32c";

describe("crc32c", () => {
  const vectors: readonly [string, Uint8Array, number][] = [
    ["RFC 3720: 32 bytes of zeroes", new Uint8Array(32), 0x8a9136aa],
    ["RFC 3720: 32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ["RFC 3720: 32 bytes counting up", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ["RFC 3720: 32 bytes counting down", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ["the check value: 123456789", new TextEncoder().encode("123456789"), 0xe3069283],
    ["nothing", new Uint8Array(0), 0],
  ];
  for (const [name, bytes, expected] of vectors) {
    it(`of ${name}`, () => assert.equal(crc32c(bytes), expected));
  }

  it("equals the bit-by-bit definition over any range", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 200 }), fc.nat({ max: 200 }), (bytes, a, b) => {
        const start = Math.min(a, b, bytes.length);
        const end = Math.min(Math.max(a, b), bytes.length);
        assert.equal(crc32c(bytes, start, end), bitByBit(bytes.subarray(start, end)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("sees every single flipped bit", () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 0xff);
    const right = crc32c(bytes);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.notEqual(crc32c(changed), right);
    }
  });
});

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
