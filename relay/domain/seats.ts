import { BatonError } from "#protocol/errors";

/** Counts what somebody holds at a time, and refuses more than there is room for. */
export interface Seats {
  /** @throws BatonError `too_many`: nothing was taken */
  take(who: string): void;
  /** What was taken is free again. */
  give(who: string): void;
}

/**
 * @param what as the refusal names it, in the plural
 * @param maxEach held at a time by one who takes
 * @param maxAll held at a time by everybody together
 */
export function createSeats(what: string, { maxEach, maxAll }: { maxEach: number; maxAll: number }): Seats {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    take(who) {
      const own = taken.get(who) ?? 0;
      if (all >= maxAll) throw new BatonError("too_many", { what, max: maxAll });
      if (own >= maxEach) throw new BatonError("too_many", { what: `${what} of yours`, max: maxEach });
      taken.set(who, own + 1);
      all += 1;
    },
    give(who) {
      const left = (taken.get(who) ?? 0) - 1;
      if (left < 0) return;
      all -= 1;
      if (left > 0) taken.set(who, left);
      else taken.delete(who);
    },
  };
}
