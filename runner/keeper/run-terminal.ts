import type { TerminalSize } from "#protocol/documents";
import { createOutputBatch } from "#runner/keeper/output-batch";
import { createQueries } from "#runner/keeper/queries";

/** What a program writes, on its way into the log: read for questions, cut where the emulator has to answer one. */
export interface TerminalReader {
  /** The memory is used again after the call. */
  data(bytes: Uint8Array): void;
  /** Gives out what waits for company. */
  flush(): void;
}

interface ReaderEvents {
  /** @param message memory whose payload ends at `end` */
  output(message: Buffer, end: number): void;
  answer(bytes: Uint8Array): void;
  ask(sequence: string): Promise<string>;
  attention(): void;
  size(): TerminalSize;
}

export function createTerminalReader(events: ReaderEvents): TerminalReader {
  const batch = createOutputBatch(events.output);
  let reading: Uint8Array = new Uint8Array(0);
  let readTo = 0;
  const queries = createQueries({
    answer: (text) => events.answer(Buffer.from(text, "latin1")),
    ask(sequence, end) {
      // The emulator is to answer as of the question, so what came with it and behind it waits its turn.
      batch.push(reading.subarray(readTo, end));
      batch.flush();
      readTo = end;
      return events.ask(sequence);
    },
    attention: events.attention,
    size: events.size,
  });
  return {
    data(bytes) {
      reading = bytes;
      readTo = 0;
      queries.scan(bytes);
      if (readTo < bytes.length) batch.push(readTo === 0 ? bytes : bytes.subarray(readTo));
    },
    flush: batch.flush,
  };
}
