import { catchUpBytes, maxCreditBytes, maxUnsentBytes } from "#runner/keeper/caps";
import { isSystemError } from "#runner/keeper/files";
import type { HeldRun, RunFollower, Snapshot } from "#runner/keeper/held-run";
import type { Appended } from "#runner/keeper/log-writer";
import { LogDamage, type LogPosition, readRecords } from "#runner/keeper/segment";
import { finishFrame, recordOffset } from "#runner/keeper/wire";

/**
 * One client's stream of one run: from a seq on, live from where the log ends, as far as the credit goes. A client
 * that is behind is fed from the log's files, so that its slowness costs no memory.
 */
export interface Attachment extends RunFollower {
  readonly run: HeldRun;
  /** @param bytes payload bytes that the client has consumed */
  credit(bytes: number): void;
  close(): void;
}

/** @param send takes a whole message for the client's socket, and calls back when the socket has let it go */
export function attach(
  run: HeldRun,
  fromSeq: number,
  creditBytes: number,
  send: (message: Uint8Array, sent?: () => void) => void,
): Attachment {
  const position: LogPosition = { nextSeq: fromSeq, segment: undefined, offset: 0 };
  let credit = Math.min(creditBytes, maxCreditBytes);
  let latest: Snapshot | undefined = run.lastSnapshot;
  let unsentBytes = 0;
  let closed = false;

  const canSend = () => credit > 0 && unsentBytes <= maxUnsentBytes && !closed;

  const sendRecords = (message: Uint8Array, payloadBytes: number) => {
    credit -= payloadBytes;
    unsentBytes += message.length;
    send(message, () => {
      const wasFull = unsentBytes > maxUnsentBytes;
      unsentBytes -= message.length;
      if (wasFull) pump();
    });
  };

  const sendPicture = () => {
    if (!latest || latest.seq >= position.nextSeq) return;
    send(latest.message);
    latest = undefined;
  };

  const pump = () => {
    while (canSend() && position.nextSeq <= run.headSeq) {
      const read = next();
      if (!read) break;
      sendRecords(finishFrame(read.memory, read.end, run.prefix), read.payloadBytes);
      sendPicture();
    }
  };

  const next = () => {
    try {
      return readRecords(run.segments, position, Math.min(credit, catchUpBytes), recordOffset);
    } catch (error) {
      if (error instanceof LogDamage) run.damaged(error.segment, error.offset, error.message);
      // A disk that cannot be read now is asked again when the client has consumed what it has.
      else if (!isSystemError(error)) throw error;
      return undefined;
    }
  };

  const attachment: Attachment = {
    run,
    appended(record: Appended) {
      if (record.seq !== position.nextSeq || !canSend()) return;
      position.nextSeq = record.seq + 1;
      position.segment = record.segment;
      position.offset = record.endOffset;
      sendRecords(record.message, record.payloadBytes);
      sendPicture();
    },
    pictured(snapshot) {
      latest = snapshot;
      sendPicture();
    },
    credit(bytes) {
      credit = Math.min(credit + bytes, maxCreditBytes);
      pump();
    },
    close() {
      closed = true;
      run.followers.delete(attachment);
    },
  };
  run.followers.add(attachment);
  pump();
  sendPicture();
  return attachment;
}
