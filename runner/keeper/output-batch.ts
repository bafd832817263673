import { fastOutputBytesPerSecond, outputFrameBytes, outputFrameMs } from "#protocol/caps";
import { allocateMessage, payloadOffset } from "#runner/keeper/wire";

/** Turns reads of a terminal into the payloads of `output` records. */
export interface OutputBatch {
  push(bytes: Uint8Array): void;
  /** Gives out what is waiting. */
  flush(): void;
}

/** A burst of this size still goes out read by read: a full repaint of a screen, say. */
const burstBytes = 32 * 1024;

/**
 * By rate, not by time: below `fastOutputBytesPerSecond` every read is a record of its own at once; above it, records
 * fill to `outputFrameBytes` or wait for `outputFrameMs`. The bytes are copied once, to where they stay.
 * @param emit takes memory whose payload ends at `end`
 */
export function createOutputBatch(emit: (message: Buffer, end: number) => void): OutputBatch {
  let message: Buffer | undefined;
  let end = payloadOffset;
  let timer: NodeJS.Timeout | undefined;
  let allowance = burstBytes;
  let lastPush = 0;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (!message) return;
    const full = message;
    message = undefined;
    emit(full, end);
  };

  const fill = (bytes: Uint8Array) => {
    for (let from = 0; from < bytes.length; ) {
      if (!message) {
        message = allocateMessage(outputFrameBytes);
        end = payloadOffset;
      }
      const take = Math.min(bytes.length - from, message.length - end);
      message.set(bytes.subarray(from, from + take), end);
      end += take;
      from += take;
      if (end === message.length) flush();
    }
    if (message) timer ??= setTimeout(flush, outputFrameMs);
  };

  return {
    push(bytes) {
      const now = performance.now();
      allowance = Math.min(burstBytes, allowance + ((now - lastPush) * fastOutputBytesPerSecond) / 1000) - bytes.length;
      // Beyond two bursts of debt the rate is no better known, only forgotten later.
      allowance = Math.max(allowance, -2 * burstBytes);
      lastPush = now;
      if (allowance < 0) {
        fill(bytes);
        return;
      }
      flush();
      const exact = allocateMessage(bytes.length);
      exact.set(bytes, payloadOffset);
      emit(exact, exact.length);
    },
    flush,
  };
}
