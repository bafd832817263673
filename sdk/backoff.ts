import { firstRetryMs, maxRetryMs } from "#sdk/caps";

/**
 * How long to wait before a try, with full jitter: a random time below a bound that doubles with every failure, so
 * that a thousand clients of a restarted relay do not come back at the same moment.
 * @param failures failures in a row, from 1
 * @param random a number in [0, 1); passed in by tests
 * @returns milliseconds
 */
export function retryDelayMs(failures: number, random: () => number = Math.random): number {
  const boundMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 16));
  return Math.round(random() * boundMs);
}

/** A wait that can be cut short. */
export function interruptibleWait(ms: number): { readonly done: Promise<void>; readonly wake: () => void } {
  let wake = () => {};
  const done = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { done, wake };
}
