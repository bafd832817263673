import { floodBytes, floodWindowMs } from "#runner/keeper/caps";

/** How much a program prints, in steps of a window. */
export interface PrintRate {
  printed(bytes: number): void;
  /** Whether it printed more than `floodBytes` in this window or the last. */
  floods(): boolean;
}

export function createPrintRate(now: () => number): PrintRate {
  let begun = now();
  let current = 0;
  let last = 0;
  const turn = () => {
    const windows = Math.floor((now() - begun) / floodWindowMs);
    if (windows === 0) return;
    last = windows === 1 ? current : 0;
    current = 0;
    begun += windows * floodWindowMs;
  };
  return {
    printed(bytes) {
      turn();
      current += bytes;
    },
    floods() {
      turn();
      return current > floodBytes || last > floodBytes;
    },
  };
}
