import { ackNoteMs } from "#runner/keeper/caps";
import { isSystemError } from "#runner/keeper/files";

/** Writes down what the relay has, some time after it was said, so that a stream of acks costs one write in a while. */
export function createAckNote(write: () => void): { note(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    note() {
      if (timer) return;
      timer = setTimeout(() => {
        timer = undefined;
        try {
          write();
        } catch (error) {
          // The log was removed in between, or the disk is full. The relay says again what it has.
          if (!isSystemError(error)) throw error;
        }
      }, ackNoteMs).unref();
    },
  };
}
