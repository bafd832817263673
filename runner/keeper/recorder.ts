import { encodePayload, type Payload, type PayloadKind } from "#protocol/payloads";
import { type RecordKind, recordKinds } from "#protocol/record";
import { maxWaitingRecords, storeRetryMs } from "#runner/keeper/caps";
import { isSystemError } from "#runner/keeper/files";
import type { Appended, LogWriter } from "#runner/keeper/log-writer";
import { allocateMessage, payloadOffset } from "#runner/keeper/wire";

/** Puts records into a run's log, in order, also across a time in which the disk takes none. */
export interface Recorder {
  record<K extends PayloadKind>(kind: K, payload: Payload<K>): void;
  /** @param message memory whose payload ends at `end` */
  output(message: Buffer, end: number): void;
  /** Calls back when everything so far is in the log. */
  settled(then: () => void): void;
}

interface RecorderEvents {
  appended(record: Appended): void;
  /** The disk takes nothing; the program is to be held up until it does. */
  stalled(stalled: boolean, reason?: string): void;
}

interface Waiting {
  readonly kind: RecordKind;
  readonly message: Buffer;
  readonly end: number;
}

export function createRecorder(writer: LogWriter, events: RecorderEvents): Recorder {
  const waiting: Waiting[] = [];
  let whenSettled: (() => void)[] = [];

  const append = ({ kind, message, end }: Waiting) => events.appended(writer.append(recordKinds[kind], message, end));

  const retry = () => {
    try {
      for (let next = waiting[0]; next; next = waiting[0]) {
        append(next);
        waiting.shift();
      }
    } catch (error) {
      if (!isSystemError(error)) throw error;
      setTimeout(retry, storeRetryMs);
      return;
    }
    events.stalled(false);
    const settled = whenSettled;
    whenSettled = [];
    for (const then of settled) then();
  };

  const put = (entry: Waiting) => {
    if (waiting.length > 0) {
      // The program is held up, so little comes; notes about typing are not worth memory without end.
      if (entry.kind !== "input" || waiting.length < maxWaitingRecords) waiting.push(entry);
      return;
    }
    try {
      append(entry);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      waiting.push(entry);
      events.stalled(true, error.code);
      setTimeout(retry, storeRetryMs);
    }
  };

  return {
    record(kind, payload) {
      const encoded = encodePayload(kind, payload).payload;
      const message = allocateMessage(encoded.length);
      message.set(encoded, payloadOffset);
      put({ kind, message, end: message.length });
    },
    output: (message, end) => put({ kind: "output", message, end }),
    settled(then) {
      if (waiting.length === 0) then();
      else whenSettled.push(then);
    },
  };
}
