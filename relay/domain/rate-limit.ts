import { BatonError } from "#protocol/errors";
import { maxTrackedBuckets } from "#relay/caps";
import type { Clock } from "#relay/domain/clock";

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** Counts what somebody does, and refuses what is too much. */
export interface RateLimit {
  /** @throws BatonError `rate_limited`, with the seconds after which the next one is taken */
  take(who: string): void;
}

/**
 * Token buckets, one a key: `burst` at once, and `perMinute` over time.
 * The number of buckets is capped; the one that was used the longest ago gives way.
 */
export function createRateLimit({
  perMinute,
  burst,
  clock,
}: {
  perMinute: number;
  burst: number;
  clock: Clock;
}): RateLimit {
  const buckets = new Map<string, Bucket>();
  const perMs = perMinute / 60_000;
  return {
    take(who) {
      const now = clock();
      const bucket = buckets.get(who) ?? { tokens: burst, filledAt: now };
      bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.filledAt) * perMs);
      bucket.filledAt = now;
      buckets.delete(who);
      buckets.set(who, bucket);
      if (buckets.size > maxTrackedBuckets) buckets.delete(buckets.keys().next().value ?? "");
      if (bucket.tokens < 1) {
        throw new BatonError("rate_limited", { retryAfterSeconds: Math.ceil((1 - bucket.tokens) / perMs / 1_000) });
      }
      bucket.tokens -= 1;
    },
  };
}
