import fc from "fast-check";
import { type Id, type IdKind, idFromBytes } from "#protocol/ids";
import { encodeRecord, type LogRecord } from "#protocol/record";

/** Values of the binary layer, as fast-check makes and shrinks them. */

export const maxU48 = 2 ** 48 - 1;

export const bytesOf = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });

export const idOf = <K extends IdKind>(kind: K): fc.Arbitrary<Id<K>> =>
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => idFromBytes(kind, bytes));

/** Any record, of kinds from later versions too, with and without an extension. */
export const anyRecord = (maxPayloadBytes = 300): fc.Arbitrary<LogRecord> =>
  fc
    .record(
      {
        seq: fc.maxSafeNat().map((n) => n % (maxU48 + 1)),
        ts: fc.maxSafeNat().map((n) => n % (maxU48 + 1)),
        kind: fc.integer({ min: 0, max: 255 }),
        payload: bytesOf(maxPayloadBytes),
        extension: bytesOf(80),
      },
      { requiredKeys: ["seq", "ts", "kind", "payload"], noNullPrototype: true },
    )
    .map((record) => record as LogRecord);

export const encodedRecords = (maxRecords = 6): fc.Arbitrary<Uint8Array[]> =>
  fc.array(anyRecord().map(encodeRecord), { maxLength: maxRecords });

/** Cuts bytes into pieces at the given places, empty pieces included. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const borders = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, i) => bytes.subarray(borders[i] ?? 0, end));
}

export const cuts = fc.array(fc.nat({ max: 1_000_000 }), { maxLength: 12 });

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Bytes that were right once: flips, cuts, insertions and repeats on top of a valid encoding. */
export const mutated = (valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(valid, fc.array(mutation, { minLength: 1, maxLength: 6 }))
    .map(([bytes, changes]) => changes.reduce((changed, change) => change(changed), bytes));

type Mutation = (bytes: Uint8Array) => Uint8Array;

const place = fc.nat({ max: 1_000_000 });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat({ max: 7 })).map(
    ([at, bit]): Mutation =>
      (bytes) => {
        const changed = bytes.slice();
        const index = at % Math.max(1, bytes.length);
        if (bytes.length > 0) changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        return changed;
      },
  ),
  place.map(
    (at): Mutation =>
      (bytes) =>
        bytes.slice(0, at % (bytes.length + 1)),
  ),
  place.map(
    (at): Mutation =>
      (bytes) =>
        bytes.slice(at % (bytes.length + 1)),
  ),
  fc.tuple(place, bytesOf(12)).map(
    ([at, more]): Mutation =>
      (bytes) => {
        const index = at % (bytes.length + 1);
        return concat([bytes.subarray(0, index), more, bytes.subarray(index)]);
      },
  ),
  fc.tuple(place, place).map(
    ([from, to]): Mutation =>
      (bytes) => {
        const index = from % (bytes.length + 1);
        return concat([bytes, bytes.subarray(index, index + (to % 64))]);
      },
  ),
);
