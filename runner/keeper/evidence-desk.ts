import { BatonError } from "#protocol/errors";
import type { Evidence } from "#protocol/evidence";
import type { RunId } from "#protocol/ids";
import { evidenceWaitMs } from "#runner/keeper/caps";
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
  /** Settles when nothing more comes: at once without a witness, else with its note, or after `evidenceWaitMs`. */
  last(): Promise<void>;
  /** Nothing is waited for any more. */
  close(): void;
}

export function createEvidenceDesk(runId: RunId, write: (evidence: Evidence) => void): EvidenceDesk {
  let start: Evidence | undefined;
  let witness: Client | undefined;
  let isComplete = false;
  let isOver = false;
  let wake: () => void = () => undefined;

  const complete = () => {
    isComplete = true;
    wake();
  };

  return {
    witness(client) {
      witness = client;
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
      wake();
    },
    async last() {
      if (witness && !isComplete) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, evidenceWaitMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          witness?.send({ type: "run.ending", runId });
        });
      }
      isOver = true;
    },
    close: complete,
  };
}
