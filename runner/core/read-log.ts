import { initialCreditBytes } from "#protocol/caps";
import { BatonError } from "#protocol/errors";
import { decodeFrame } from "#protocol/frame";
import type { LocatedRecord } from "#protocol/record";
import type { FoundRun } from "#runner/core/find-run";
import type { KeeperEvent } from "#runner/core/keeper-connection";

export interface LogReader {
  /** @param records in the order of the log; their payloads are views that belong to the receiver */
  records(records: readonly LocatedRecord[]): void;
  /** What the keeper tells meanwhile. */
  event?(event: KeeperEvent): void;
  closed?(): void;
}

/**
 * Reads the log of a run from where it begins, and goes on as it grows until the connection is closed.
 * @returns settles when everything is read that was there at the beginning
 * @throws BatonError `connection_lost` when the connection closes before
 */
export async function readLog({ run, keeper }: FoundRun, reader: LogReader): Promise<void> {
  const runId = run.header.id;
  let seq = run.firstSeq - 1;
  let headSeq = run.headSeq;
  const settle: { done: () => void; lost: () => void } = { done: () => undefined, lost: () => undefined };
  const caughtUp = new Promise<void>((resolve, reject) => {
    settle.done = resolve;
    settle.lost = () => reject(new BatonError("connection_lost"));
  });
  caughtUp.catch(() => undefined);
  keeper.listen({
    event: (event) => reader.event?.(event),
    frame(bytes) {
      const frame = decodeFrame(bytes);
      if (frame.type !== "records") return;
      reader.records(frame.records);
      const consumed = frame.records.reduce((sum, { payload }) => sum + payload.length, 0);
      seq = frame.records.at(-1)?.seq ?? seq;
      if (consumed > 0) keeper.notify({ type: "credit", runId, bytes: consumed });
      if (seq >= headSeq) settle.done();
    },
    closed() {
      settle.lost();
      reader.closed?.();
    },
  });
  const attached = await keeper.request("attach", {
    runId,
    fromSeq: Math.max(1, run.firstSeq),
    creditBytes: initialCreditBytes,
  });
  headSeq = attached.run.headSeq;
  if (seq >= headSeq) settle.done();
  await caughtUp;
}
