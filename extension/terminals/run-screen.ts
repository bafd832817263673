import { creditEveryMs, maxBehindMs, maxCreditStepBytes, maxWaitingInputBytes } from "#extension/caps";
import { initialCreditBytes, maxInputBytes } from "#protocol/caps";
import type { TerminalSize } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { decodeFrame, encodeInputFrame, type SnapshotFrame } from "#protocol/frame";
import { toUtf8 } from "#protocol/json";
import type { KeeperRun } from "#protocol/keeper-link";
import { type Actor, decodePayload, type Payload } from "#protocol/payloads";
import { type LogRecord, recordKindName } from "#protocol/record";
import type { Clock, Log } from "#runner/core/host";
import type { KeeperConnection, KeeperEvent } from "#runner/core/keeper-connection";
import { isEnded } from "#runner/core/runs";

/** What a screen tells the terminal that shows it. */
export interface ScreenEvents {
  /** Draw this; `fresh` replaces everything that was drawn. */
  draw(text: string, fresh: boolean): void;
  sized(size: TerminalSize): void;
  /** Who has the keyboard, where it is somebody else. */
  typedBy(other: Actor | undefined): void;
  gap(bytes: number): void;
  ended(exit: Payload<"exit">): void;
}

/** A run as the desk sees it: what the keeper draws, and the keyboard that outranks every remote one. */
export interface RunScreen {
  frame(bytes: Uint8Array): void;
  event(event: KeeperEvent): void;
  type(text: string): void;
  resize(size: TerminalSize): void;
  close(): void;
}

interface ScreenDeps {
  readonly run: KeeperRun;
  /** Of the terminal that shows the run; a run that nobody else types into takes it. */
  readonly size?: TerminalSize | undefined;
  readonly keeper: KeeperConnection;
  readonly by: Actor;
  readonly clock: Clock;
  readonly log: Log;
}

/** Opens the run from its last snapshot and follows it. It never slows the run: far behind, it skips to the newest screen. */
export function openRunScreen({ run, size, keeper, by, clock, log }: ScreenDeps, events: ScreenEvents): RunScreen {
  const runId = run.header.id;
  const isOver = isEnded(run);
  let closed = false;
  let shownSeq = 0;
  let decoder = new TextDecoder();
  let pendingSnapshot: SnapshotFrame | undefined;
  let ownEpoch: number | undefined;
  let taking = false;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let toGrantBytes = 0;
  let busySinceMs: number | undefined;
  let stopTimer: (() => void) | undefined;
  let opening = false;
  let isEndTold = false;

  const fail = (what: string) => (error: unknown) => {
    if (!closed) log.warn({ runId, error: String(error) }, what);
  };

  const open = async () => {
    opening = true;
    pendingSnapshot = undefined;
    // Without a picture the log is drawn from where it begins.
    await keeper.request("snapshot", { runId }).catch((error: unknown) => {
      if (!(error instanceof BatonError) || error.code !== "snapshot_unavailable") fail("no snapshot")(error);
    });
    if (closed) return;
    decoder = new TextDecoder();
    const snapshot = pendingSnapshot as SnapshotFrame | undefined;
    if (snapshot) {
      events.sized({ cols: snapshot.cols, rows: snapshot.rows });
      const text = decoder.decode(snapshot.bytes, { stream: true });
      events.draw(text, true);
      if (closed) return;
    }
    shownSeq = snapshot?.seq ?? Math.max(0, run.firstSeq - 1);
    opening = false;
    await keeper.request("attach", { runId, fromSeq: shownSeq + 1, creditBytes: initialCreditBytes });
    tellUnloggedEnd();
  };

  /** The end of a run is a record, except where its keeper died, or where the snapshot is of behind that record. */
  const tellUnloggedEnd = () => {
    if (isOver && !isEndTold && shownSeq >= run.headSeq) end(run.exit ?? { end: "lost" });
  };
  const end = (exit: Payload<"exit">) => {
    if (!isEndTold) events.ended(exit);
    isEndTold = true;
  };

  const skip = async () => {
    busySinceMs = undefined;
    toGrantBytes = 0;
    await keeper.request("detach", { runId });
    if (!closed) await open();
  };

  const grant = () => {
    stopTimer = undefined;
    if (closed) return;
    const bytes = Math.min(toGrantBytes, maxCreditStepBytes);
    toGrantBytes -= bytes;
    if (toGrantBytes === 0) busySinceMs = undefined;
    else busySinceMs ??= clock.now();
    if (busySinceMs !== undefined && clock.now() - busySinceMs > maxBehindMs) {
      skip().catch(fail("the newest screen could not be shown"));
      return;
    }
    if (bytes > 0) keeper.notify({ type: "credit", runId, bytes });
    if (toGrantBytes > 0) stopTimer = clock.after(creditEveryMs, grant);
  };

  const consumed = (bytes: number) => {
    toGrantBytes += bytes;
    stopTimer ??= clock.after(creditEveryMs, grant);
  };

  const show: Partial<Record<string, (record: LogRecord) => void>> = {
    output: ({ payload }) => {
      events.draw(decoder.decode(payload, { stream: true }), false);
    },
    resize: ({ payload }) => events.sized(decodePayload("resize", payload)),
    gap: ({ payload }) => events.gap(decodePayload("gap", payload).bytes),
    exit: ({ payload }) => end(decodePayload("exit", payload)),
  };

  const send = (epoch: number, bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length; at += maxInputBytes) {
      keeper.sendFrame(encodeInputFrame(runId, epoch, bytes.subarray(at, at + maxInputBytes)));
    }
  };

  const take = async () => {
    taking = true;
    try {
      const { leaseEpoch } = await keeper.request("lease.take", { runId, by });
      ownEpoch = leaseEpoch;
      events.typedBy(undefined);
      for (const bytes of waiting) send(leaseEpoch, bytes);
    } finally {
      taking = false;
      waiting = [];
      waitingBytes = 0;
    }
  };

  // In front of the first snapshot, which is then as large as the terminal.
  if (size && !isOver && run.lease.holder?.kind !== "member") keeper.notify({ type: "resize", runId, size, by });
  open().catch(fail("the run could not be opened"));

  return {
    frame(bytes) {
      const frame = decodeFrame(bytes);
      if (frame.type === "snapshot") pendingSnapshot = frame;
      if (frame.type !== "records" || opening) return;
      for (const record of frame.records) {
        if (record.seq <= shownSeq) continue;
        shownSeq = record.seq;
        show[recordKindName(record.kind) ?? ""]?.(record);
        // A keeper's credit is every record's payload, also of those that draw nothing.
        consumed(record.payload.length);
      }
      tellUnloggedEnd();
    },
    event(event) {
      if (event.type !== "lease.changed" || event.leaseEpoch === ownEpoch) return;
      if (ownEpoch !== undefined && event.leaseEpoch < ownEpoch) return;
      ownEpoch = undefined;
      events.typedBy(event.holder?.kind === "member" ? event.holder : undefined);
    },
    type(text) {
      const bytes = toUtf8(text);
      if (ownEpoch !== undefined) return send(ownEpoch, bytes);
      if (waitingBytes + bytes.length > maxWaitingInputBytes) return;
      waiting.push(bytes);
      waitingBytes += bytes.length;
      if (!taking) take().catch(fail("the keyboard could not be taken"));
    },
    resize: (size) => keeper.notify({ type: "resize", runId, size, by }),
    close() {
      closed = true;
      stopTimer?.();
      keeper.request("detach", { runId }).catch(() => undefined);
    },
  };
}
