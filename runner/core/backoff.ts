import { firstBackoffMs, maxBackoffMs } from "#runner/core/caps";

export interface Backoff {
  /** How long to wait before the next attempt, in milliseconds. */
  nextMs(): number;
  /** After healthy uptime: the next wait starts small again. */
  reset(): void;
}

/**
 * Exponential backoff with full jitter: a wait is anywhere between 0 and a ceiling that doubles with every attempt,
 * so that a thousand runners do not come back to a restarted relay in step.
 * @param random at least 0 and below 1
 */
export function createBackoff(random: () => number, firstMs = firstBackoffMs, maxMs = maxBackoffMs): Backoff {
  let ceilingMs = firstMs;
  return {
    nextMs() {
      const waitMs = Math.round(random() * ceilingMs);
      ceilingMs = Math.min(maxMs, 2 * ceilingMs);
      return waitMs;
    },
    reset() {
      ceilingMs = firstMs;
    },
  };
}
