/** When a server that has ended with an error is started again. */
export interface Restarts {
  /**
   * It has ended.
   * @param upMs how long it was at work
   * @returns how long to wait before it is started again, in milliseconds; undefined: it is given up
   */
  next(upMs: number): number | undefined;
  /** How often in a row it has ended at once. */
  readonly count: number;
}

/** The first start again comes after this, each further one after twice as long … */
const firstWaitMs = 1_000;
const maxWaitMs = 30_000;
/** … until it was at work for this long, which counts as healthy. */
const healthyMs = 60_000;
/** One that ends so often in a row does not get better by being started again. */
const maxInARow = 10;

export function createRestarts(): Restarts {
  let count = 0;
  return {
    next(upMs) {
      if (upMs >= healthyMs) count = 0;
      count++;
      return count > maxInARow ? undefined : Math.min(maxWaitMs, firstWaitMs * 2 ** (count - 1));
    },
    get count() {
      return count;
    },
  };
}
