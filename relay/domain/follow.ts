import { frameHeaderBytes } from "#protocol/frame";
import type { LiveRun } from "#relay/domain/live-run";
import { walkRecords } from "#relay/domain/record-walk";
import type { RunLogs } from "#relay/store/store";

/**
 * The log of a run from `fromSeq` on, in chunks of whole records, live until the run has ended or the signal aborts.
 * An empty chunk says that the document may have changed. It is read as fast as the reader takes it, and waits in the
 * log meanwhile.
 */
export async function* followLog(
  run: LiveRun,
  logs: RunLogs,
  fromSeq: number,
  signal: AbortSignal,
): AsyncGenerator<{ readonly bytes: Uint8Array; readonly fromSeq: number }> {
  let nextSeq = fromSeq;
  while (!signal.aborted) {
    const grown = wakeUp(run, signal);
    while (nextSeq <= run.receivedSeq && !signal.aborted) {
      const frame = run.tail.at(run.id, nextSeq);
      if (frame) {
        yield { bytes: frame.bytes.subarray(frameHeaderBytes), fromSeq: nextSeq };
        nextSeq = frame.lastSeq + 1;
        continue;
      }
      const before = nextSeq;
      for await (const bytes of logs.read(run.id, nextSeq)) {
        yield { bytes, fromSeq: nextSeq };
        nextSeq = Math.max(nextSeq, lastSeqOf(bytes) + 1);
        if (signal.aborted || run.tail.at(run.id, nextSeq)) break;
      }
      if (nextSeq === before) break;
    }
    yield { bytes: nothing, fromSeq: nextSeq };
    if (run.ended && nextSeq > run.receivedSeq) return;
    await grown;
  }
}

const nothing = new Uint8Array(0);

/** Resolves when the run has grown or changed since this call, or the signal aborts. */
function wakeUp(run: LiveRun, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      run.followers.delete(done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    run.followers.add(done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

function lastSeqOf(records: Uint8Array): number {
  let last = 0;
  for (const step of walkRecords(records)) last = step.seq;
  return last;
}
