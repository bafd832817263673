/** How much of a log the relay does not have yet. */
export interface UnackedBytes {
  readonly ackedSeq: number;
  readonly bytes: number;
  appended(seq: number, bytes: number): void;
  /** @returns whether it is news */
  acked(seq: number): boolean;
}

/** Sizes are kept in steps of this, so that a long log costs little memory to know. */
const stepBytes = 64 * 1024;

export function createUnackedBytes(): UnackedBytes {
  /** Each step: the bytes of all records behind the step before, up to `lastSeq`. */
  const steps: { lastSeq: number; bytes: number }[] = [];
  let ackedSeq = 0;
  let total = 0;
  return {
    get ackedSeq() {
      return ackedSeq;
    },
    get bytes() {
      return total;
    },
    appended(seq, bytes) {
      total += bytes;
      const last = steps.at(-1);
      if (last && last.bytes < stepBytes) {
        last.lastSeq = seq;
        last.bytes += bytes;
      } else {
        steps.push({ lastSeq: seq, bytes });
      }
    },
    acked(seq) {
      if (seq <= ackedSeq) return false;
      ackedSeq = seq;
      const passed = steps.findIndex((step) => step.lastSeq > seq);
      for (const step of steps.splice(0, passed === -1 ? steps.length : passed)) total -= step.bytes;
      return true;
    },
  };
}
