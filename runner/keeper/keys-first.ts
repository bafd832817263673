import { keyHoldMs, keyRestMs } from "#runner/keeper/caps";

/** A run as it competes for the way to the viewers. */
export interface Printer {
  /** Whether it printed much lately. */
  floods(): boolean;
  /** Its terminal is not read while this is on. */
  letKeysPass(on: boolean): void;
}

/**
 * Keys go first: when somebody types into one run, the programs in others that print without end are not read for a
 * moment, so that the key's echo meets short queues and a processor with time. A program that types all the time
 * leaves them a third of it.
 * @param others all runs of this keeper
 * @returns to be called with the run that a key went into
 */
export function createKeysFirst(others: () => Iterable<Printer>): (typedInto: Printer) => void {
  let restUntil = 0;
  return (typedInto) => {
    const now = performance.now();
    if (now < restUntil) return;
    const flooding = [...others()].filter((run) => run !== typedInto && run.floods());
    if (flooding.length === 0) return;
    restUntil = now + keyHoldMs + keyRestMs;
    for (const run of flooding) run.letKeysPass(true);
    setTimeout(() => {
      for (const run of flooding) run.letKeysPass(false);
    }, keyHoldMs);
  };
}
