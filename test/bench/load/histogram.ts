/** Counts samples in steps of 0.05 ms, so that hundreds of thousands of them travel between processes as one line. */
const stepMs = 0.05;

export type Histogram = Map<number, number>;

export function countSample(histogram: Histogram, ms: number): void {
  const step = Math.max(0, Math.ceil(ms / stepMs));
  histogram.set(step, (histogram.get(step) ?? 0) + 1);
}

/** Adds what another process counted. */
export function merge(into: Histogram, counted: Iterable<readonly [number, number]>): void {
  for (const [step, count] of counted) into.set(step, (into.get(step) ?? 0) + count);
}

export const samplesIn = (histogram: Histogram): number => [...histogram.values()].reduce((sum, n) => sum + n, 0);

/** The value below which a share of the samples lies, in milliseconds. */
export function percentileOf(histogram: Histogram, share: number): number {
  const wanted = Math.ceil(share * samplesIn(histogram));
  let seen = 0;
  for (const [step, count] of [...histogram].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= wanted) return step * stepMs;
  }
  throw new RangeError("there are no samples");
}
