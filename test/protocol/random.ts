/** A fast generator of pseudo-random numbers (sfc32, PractRand), for loops in which fast-check would be the slow part. */
export interface Random {
  /** 0 … 2³² − 1 */
  readonly uint32: () => number;
  /** 0 … below − 1 */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly bytes: (length: number) => Uint8Array;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** The same seed and stream always give the same numbers. */
export function randomOf(seed: number, stream = 0): Random {
  let a = seed >>> 0;
  let b = stream >>> 0;
  let c = Math.floor(stream / 2 ** 32) ^ 0x9e3779b9;
  let counter = 1;
  const uint32 = () => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  for (let i = 0; i < 12; i++) uint32();
  const below = (limit: number) => uint32() % limit;
  return {
    uint32,
    below,
    chance: (probability) => uint32() < probability * 2 ** 32,
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = uint32();
      return bytes;
    },
    pick: (from) => {
      const value = from[below(from.length)];
      if (value === undefined) throw new RangeError("there is nothing to pick from");
      return value;
    },
  };
}
