import { firstBackoffMs, maxBackoffMs } from "#runner/core/caps";

export interface Backoff {
  /** How long to wait before the next attempt, in milliseconds. */
  nextMs(): number;
  /** After healthy uptime: the next wait starts small again. */
  reset(): void;
}

/** No wait is longer than this share of all the waiting before it. */
const shareOfOutage = 1 / 2;

/**
 * Backoff with full jitter: a wait is anywhere between 0 and a ceiling, so that a thousand runners do not come back to
 * a restarted relay in step. The ceiling grows with the outage: a relay that was away for three seconds has its
 * runners back in less than two, and one that is away for minutes is asked twice a minute.
 * @param random at least 0 and below 1
 */
export function createBackoff(random: () => number, firstMs = firstBackoffMs, maxMs = maxBackoffMs): Backoff {
  let waitedMs = 0;
  return {
    nextMs() {
      const ceilingMs = Math.min(maxMs, Math.max(firstMs, waitedMs * shareOfOutage));
      const waitMs = Math.round(random() * ceilingMs);
      waitedMs += waitMs;
      return waitMs;
    },
    reset() {
      waitedMs = 0;
    },
  };
}
