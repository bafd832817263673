import { isSharedWith, type RunHeader, type SharedWith } from "#protocol/documents";
import { createAckNote } from "#runner/keeper/ack-note";
import { createUnackedBytes } from "#runner/keeper/unacked";

/** A relay takes output: of its own runs, or, where it is not said which relay it is, of every team run. */
export interface Delivery {
  readonly relay: SharedWith | undefined;
}

/** What the relay has of a run. While it takes the run's output, the program is held up when too much is waiting. */
export interface Acknowledged {
  readonly seq: number;
  /** @param bytes of the record, as it travels */
  appended(seq: number, bytes: number): void;
  /** The relay has everything up to `seq`. */
  upTo(seq: number): void;
  /** @param delivery absent: no relay takes output, and nothing is held up */
  deliver(delivery: Delivery | undefined): void;
  /** The header is another one: the run was shared. */
  headerChanged(): void;
}

interface AcknowledgedDeps {
  readonly maxUnackedBytes: number;
  readonly header: () => RunHeader;
  readonly hold: (isHeld: boolean) => void;
  /** Writes down what the relay has. */
  readonly write: (seq: number) => void;
}

export function createAcknowledged({ maxUnackedBytes, header, hold, write }: AcknowledgedDeps): Acknowledged {
  const unacked = createUnackedBytes();
  const note = createAckNote(() => write(unacked.ackedSeq));
  let delivery: Delivery | undefined;

  const isTaken = (): boolean => {
    if (!delivery) return false;
    const { relay } = delivery;
    return relay ? isSharedWith(header(), relay) : header().visibility === "team";
  };
  const check = () => hold(unacked.bytes > maxUnackedBytes && isTaken());

  return {
    get seq() {
      return unacked.ackedSeq;
    },
    appended(seq, bytes) {
      unacked.appended(seq, bytes);
      check();
    },
    upTo(seq) {
      if (!unacked.acked(seq)) return;
      check();
      note.note();
    },
    deliver(said) {
      delivery = said;
      check();
    },
    headerChanged: check,
  };
}
