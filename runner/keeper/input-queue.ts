import { inputRetryMs, maxInputRetryMs, maxPendingInputBytes } from "#runner/keeper/caps";

/** Bytes on their way into a terminal that takes them only as fast as the program reads. */
export interface InputQueue {
  /** @returns false when the queue is full; then nothing of `bytes` was taken */
  push(bytes: Uint8Array): boolean;
  /** Nothing is written from here on: the terminal's descriptor may soon be somebody else's. */
  close(): void;
}

/**
 * What can be written is written at once, so that a keystroke waits for nothing. The rest is tried again with
 * growing pauses: a program that never reads costs no more than ten looks a second.
 * @param write returns how many bytes were taken
 */
export function createInputQueue(write: (bytes: Uint8Array) => number): InputQueue {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let retryMs = inputRetryMs;
  let closed = false;

  const flush = () => {
    timer = undefined;
    let progressed = false;
    for (let next = waiting[0]; next; next = waiting[0]) {
      const taken = write(next);
      progressed ||= taken > 0;
      waitingBytes -= taken;
      if (taken < next.length) {
        waiting[0] = next.subarray(taken);
        break;
      }
      waiting.shift();
    }
    if (waiting.length === 0) return;
    retryMs = progressed ? inputRetryMs : Math.min(2 * retryMs, maxInputRetryMs);
    timer = setTimeout(flush, retryMs);
  };

  return {
    push(bytes) {
      if (closed) return true;
      if (waitingBytes + bytes.length > maxPendingInputBytes) return false;
      const taken = waiting.length === 0 ? write(bytes) : 0;
      if (taken === bytes.length) return true;
      waiting.push(Uint8Array.from(bytes.subarray(taken)));
      waitingBytes += bytes.length - taken;
      if (!timer) {
        retryMs = inputRetryMs;
        timer = setTimeout(flush, retryMs);
      }
      return true;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      timer = undefined;
      waiting = [];
      waitingBytes = 0;
    },
  };
}
