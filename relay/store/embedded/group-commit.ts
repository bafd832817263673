import { BatonError } from "#protocol/errors";

/** Something that waits to be written. */
export interface Appendable {
  readonly bytes: Uint8Array;
}

interface Waiting<T> {
  readonly entry: T;
  readonly resolve: () => void;
  readonly reject: (error: BatonError) => void;
}

export interface GroupCommitOptions<T> {
  /** Makes a batch durable, or throws; then nothing of it counts. One call at a time. */
  readonly write: (batch: readonly T[]) => Promise<void>;
  /** The error for everybody who waits, after a failed write; called before any of them learns of it. */
  readonly failed: (cause: unknown) => BatonError;
  readonly maxBatchBytes: number;
  readonly maxPendingBytes: number;
  /** A batch begins this long after the one before it … */
  readonly gatherMs?: number;
  /** … or when this much waits. */
  readonly gatherBytes?: number;
}

/**
 * Writes at once when there was quiet; what comes while something is being written, or so soon behind it that a fast
 * disk would be asked for every piece of a flood, shares the next write. A failed write fails everything that waits,
 * because it was to follow it.
 */
export class GroupCommit<T extends Appendable> {
  readonly #options: GroupCommitOptions<T>;
  #waiting: Waiting<T>[] = [];
  #writing: Waiting<T>[] = [];
  #pendingBytes = 0;
  #running: Promise<void> | undefined;
  #lastBeganAt = Number.NEGATIVE_INFINITY;
  /** Ends the wait for company. */
  #stopGathering: (() => void) | undefined;
  #isHurried = false;

  constructor(options: GroupCommitOptions<T>) {
    this.#options = options;
  }

  /** @throws BatonError `storage_behind` when so many bytes more must not wait */
  refuseWithoutRoom(bytes: number): void {
    const { maxPendingBytes } = this.#options;
    const waiting = this.#pendingBytes + bytes;
    if (waiting > maxPendingBytes) throw new BatonError("storage_behind", { waiting, max: maxPendingBytes });
  }

  /**
   * @returns when the entry is durable
   * @throws BatonError what `failed` made
   */
  add(entry: T): Promise<void> {
    this.#pendingBytes += entry.bytes.length;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      if (this.#hasEnough()) this.#stopGathering?.();
      this.#running ??= this.#run();
    });
  }

  /** What is not durable yet, in order. */
  *pending(): Generator<T> {
    for (const { entry } of this.#writing) yield entry;
    for (const { entry } of this.#waiting) yield entry;
  }

  /** Fails what waits for its turn; what is being written is not touched. */
  refuseWaiting(error: BatonError): void {
    const refused = this.#waiting;
    this.#waiting = [];
    for (const { entry, reject } of refused) {
      this.#pendingBytes -= entry.bytes.length;
      reject(error);
    }
  }

  /** Settles when nothing waits any more. */
  async idle(): Promise<void> {
    this.#isHurried = true;
    this.#stopGathering?.();
    while (this.#running) await this.#running;
    this.#isHurried = false;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#gather();
      this.#lastBeganAt = performance.now();
      const batch = this.#takeBatch();
      this.#writing = batch;
      let error: BatonError | undefined;
      try {
        await this.#options.write(batch.map(({ entry }) => entry));
      } catch (cause) {
        error = this.#options.failed(cause);
      }
      this.#writing = [];
      for (const { entry, resolve, reject } of batch) {
        this.#pendingBytes -= entry.bytes.length;
        if (error) reject(error);
        else resolve();
      }
      if (error) this.refuseWaiting(error);
    }
    this.#running = undefined;
  }

  /** Nothing is being written here, so all that is pending waits. */
  #hasEnough(): boolean {
    return this.#isHurried || this.#pendingBytes >= (this.#options.gatherBytes ?? 0);
  }

  async #gather(): Promise<void> {
    const leftMs = this.#lastBeganAt + (this.#options.gatherMs ?? 0) - performance.now();
    if (leftMs <= 0 || this.#hasEnough()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, leftMs);
      this.#stopGathering = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#stopGathering = undefined;
  }

  #takeBatch(): Waiting<T>[] {
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#waiting) {
      bytes += entry.bytes.length;
      if (count > 0 && bytes > this.#options.maxBatchBytes) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
