/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4) over a byte range, eight bytes a step
 * ("slicing-by-8", Kounavis and Berry 2005): the relay checks every record it stores.
 * @param start first byte, inclusive
 * @param end last byte, exclusive
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = 0xffffffff;
  let i = start;
  for (const stop = end - 7; i < stop; i += 8) {
    const low = crc ^ (at(bytes, i) | (at(bytes, i + 1) << 8) | (at(bytes, i + 2) << 16) | (at(bytes, i + 3) << 24));
    crc =
      entry(7, low & 0xff) ^
      entry(6, (low >>> 8) & 0xff) ^
      entry(5, (low >>> 16) & 0xff) ^
      entry(4, low >>> 24) ^
      entry(3, at(bytes, i + 4)) ^
      entry(2, at(bytes, i + 5)) ^
      entry(1, at(bytes, i + 6)) ^
      entry(0, at(bytes, i + 7));
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ entry(0, (crc ^ at(bytes, i)) & 0xff);
  return (crc ^ 0xffffffff) >>> 0;
}

const table = makeTable();

// The indices below are in range by construction; the casts keep the hot loop free of checks.
const at = (bytes: Uint8Array, i: number): number => bytes[i] as number;
const entry = (slice: number, byte: number): number => table[(slice << 8) | byte] as number;

function makeTable(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
    made[n] = c;
  }
  for (let n = 256; n < made.length; n++) {
    const previous = made[n - 256] as number;
    made[n] = (previous >>> 8) ^ (made[previous & 0xff] as number);
  }
  return made;
}
