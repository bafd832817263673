import { indexStepBytes } from "#relay/store/caps";
import { segmentHeaderBytes } from "#relay/store/embedded/segment";

/** Where records of a segment begin, one place every `indexStepBytes`, so that a read need not scan all of it. */
export class SegmentIndex {
  readonly #seqs: number[] = [];
  readonly #offsets: number[] = [];

  /** Notes that the record `seq` begins at `offset`; only places far enough from the one before are kept. */
  note(seq: number, offset: number): void {
    const last = this.#offsets.at(-1);
    if (last !== undefined && offset - last < indexStepBytes) return;
    this.#seqs.push(seq);
    this.#offsets.push(offset);
  }

  /** An offset at or before the first record with a seq of at least this. */
  offsetBefore(seq: number): number {
    let low = 0;
    let high = this.#seqs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#seqs[middle] ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return this.#offsets[low - 1] ?? segmentHeaderBytes;
  }
}
