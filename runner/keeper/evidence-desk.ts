import { BatonError } from "#protocol/errors";
import type { Evidence } from "#protocol/evidence";
import type { RunId } from "#protocol/ids";
import { evidenceWaitMs, witnessReturnMs } from "#runner/keeper/caps";
import type { Client } from "#runner/keeper/connected-client";

/** Takes what a run's editor knows, once at the start and once at the end, while the log is open. */
export interface EvidenceDesk {
  /** @returns what was noted at the start */
  witness(client: Client): Evidence | undefined;
  /**
   * @param given absent: the witness has nothing to say about the end
   * @returns whether it was written; each side is written once
   * @throws BatonError `run_ended` behind `last()`
   */
  note(given: Evidence | undefined): boolean;
  clientGone(client: object): void;
  /**
   * Settles when nothing more comes: at once without a witness, else with its note, or after `evidenceWaitMs`. One that
   * went away just now may be a window that is loaded again, so it is waited for until `witnessReturnMs` after it went.
   */
  last(): Promise<void>;
  /** Nothing is waited for any more. */
  close(): void;
}

/** @param now milliseconds of any clock that does not jump */
export function createEvidenceDesk(
  runId: RunId,
  write: (evidence: Evidence) => void,
  now: () => number = () => performance.now(),
): EvidenceDesk {
  let start: Evidence | undefined;
  let witness: Client | undefined;
  let wentAt = Number.NEGATIVE_INFINITY;
  let isComplete = false;
  let isOver = false;
  let wake: () => void = () => undefined;

  const complete = () => {
    isComplete = true;
    wake();
  };

  const woken = (limitMs: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  return {
    witness(client) {
      witness = client;
      wake();
      return start;
    },
    note(given) {
      if (isOver) throw new BatonError("run_ended");
      const isKnown = given?.at === "start" ? start !== undefined : isComplete;
      if (isKnown) return false;
      if (given) write(given);
      if (given?.at === "start") start = given;
      else complete();
      return given !== undefined;
    },
    clientGone(client) {
      if (client !== witness) return;
      witness = undefined;
      wentAt = now();
      wake();
    },
    async last() {
      const endedAt = now();
      const until = endedAt + witnessReturnMs + evidenceWaitMs;
      while (!isComplete) {
        const asked = witness;
        const waitMs = asked ? evidenceWaitMs : wentAt + witnessReturnMs - now();
        const limitMs = Math.min(waitMs, until - now());
        if (limitMs <= 0) break;
        asked?.send({ type: "run.ending", runId, endedMsAgo: Math.round(now() - endedAt) });
        await woken(limitMs);
        if (witness === asked) break;
      }
      isOver = true;
    },
    close: complete,
  };
}
