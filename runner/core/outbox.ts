import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { maxEndedRunsInFlight, maxEndedRunViews, maxSocketBufferedBytes, runWindowBytes } from "#runner/core/caps";
import { createFairQueue, createFlow, type Flow } from "#runner/core/fair-queue";
import { frameRunId, measureRecords } from "#runner/core/frames";
import type { Log } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { LinkSession } from "#runner/core/link-session";
import { isEnded } from "#runner/core/runs";

/**
 * Sends the logs of runs to the relay. Nothing is kept here: each run is read from its keeper, which holds every
 * record until it is acknowledged. At most `runWindowBytes` of a run are on their way, because that is the credit its
 * keeper gets, granted again as the relay makes bytes durable. What the socket does not take waits in a fair queue.
 */
export interface Outbox {
  online(session: LinkSession): void;
  offline(): void;
  /** Sends a run from behind `durableSeq`. A run that is there already goes on as it is. */
  add(run: KeeperRun, keeper: KeeperConnection, durableSeq: number): void;
  /** The run has grown or ended. */
  changed(run: KeeperRun): void;
  frame(keeper: KeeperConnection, bytes: Uint8Array): void;
  acked(runId: RunId, seq: number): void;
  resend(runId: RunId, fromSeq: number): void;
  /** The connection to a keeper is gone, and so is everything that it was sending. */
  keeperClosed(keeper: KeeperConnection): void;
  pump(): void;
}

export interface OutboxEvents {
  /** Everything of an ended run is durable on the relay. */
  delivered(run: KeeperRun): void;
}

interface Sending {
  run: KeeperRun;
  readonly keeper: KeeperConnection;
  readonly flow: Flow;
  /** Frames that were given out by the keeper and are not durable yet, in order. */
  readonly inFlight: { readonly lastSeq: number; readonly payloadBytes: number }[];
  durableSeq: number;
  state: "queued" | "attaching" | "attached" | "restarting" | "delivered";
}

export function createOutbox(log: Log, events: OutboxEvents): Outbox {
  const sendings = new Map<RunId, Sending>();
  const queue = createFairQueue();
  /** Runs that were delivered on this link, in this order. */
  const delivered = new Set<RunId>();
  /** Runs that the keeper still sends from an earlier place; what comes meanwhile is not counted. */
  const leaving = new Map<RunId, Promise<void>>();
  let session: LinkSession | undefined;

  const pump = () => {
    while (session && session.bufferedBytes < maxSocketBufferedBytes) {
      const frame = queue.next();
      if (!frame) return;
      session.sendFrame(frame);
    }
  };

  const forget = (sending: Sending) => {
    queue.remove(sending.flow);
    sending.inFlight.length = 0;
  };

  /** Whether `sending` is still the one that counts, after something was awaited. */
  const isCurrent = (sending: Sending) => sendings.get(sending.run.header.id) === sending;

  const attach = (sending: Sending) => {
    const { id: runId } = sending.run.header;
    const before = leaving.get(runId);
    if (before) {
      sending.state = "restarting";
      void before.then(() => {
        if (isCurrent(sending) && session) attach(sending);
      });
      return;
    }
    sending.state = "attaching";
    sending.keeper
      .request("attach", { runId, fromSeq: sending.durableSeq + 1, creditBytes: runWindowBytes })
      .then(({ run }) => {
        if (!isCurrent(sending)) return;
        sending.state = "attached";
        changed(run);
      })
      .catch((error: unknown) => {
        if (!isCurrent(sending)) return;
        sendings.delete(runId);
        forget(sending);
        log.warn({ run: runId, error: String(error) }, "the keeper does not send this run");
        startQueued();
      });
  };

  const detach = (sending: Sending) => {
    if (!isOpen(sending)) return;
    const { id: runId } = sending.run.header;
    const left = sending.keeper
      .request("detach", { runId })
      .then(
        () => {},
        (error: unknown) => log.debug({ run: runId, error: String(error) }, "detach failed"),
      )
      .then(() => {
        if (leaving.get(runId) === left) leaving.delete(runId);
      });
    leaving.set(runId, left);
  };

  const isOpen = (sending: Sending) => sending.state === "attached" || sending.state === "attaching";

  const startQueued = () => {
    let endedInFlight = 0;
    for (const sending of sendings.values()) {
      if (isEnded(sending.run) && isOpen(sending)) endedInFlight++;
    }
    for (const sending of sendings.values()) {
      if (sending.state !== "queued") continue;
      if (isEnded(sending.run) && endedInFlight++ >= maxEndedRunsInFlight) continue;
      attach(sending);
    }
  };

  /** A few stay, because the relay may ask for them again. */
  const leaveOutDelivered = (runId: RunId) => {
    delivered.delete(runId);
    delivered.add(runId);
    for (const oldest of delivered) {
      if (delivered.size <= maxEndedRunViews) return;
      delivered.delete(oldest);
      if (sendings.get(oldest)?.state === "delivered") sendings.delete(oldest);
    }
  };

  const settle = (sending: Sending) => {
    if (sending.state === "delivered" || !isEnded(sending.run) || sending.durableSeq < sending.run.headSeq) return;
    detach(sending);
    sending.state = "delivered";
    forget(sending);
    leaveOutDelivered(sending.run.header.id);
    events.delivered(sending.run);
    startQueued();
  };

  const changed = (run: KeeperRun) => {
    const sending = sendings.get(run.header.id);
    if (!sending) return;
    sending.run = run;
    settle(sending);
  };

  return {
    online(next) {
      session = next;
    },
    offline() {
      session = undefined;
      for (const sending of sendings.values()) {
        forget(sending);
        detach(sending);
      }
      sendings.clear();
      delivered.clear();
    },
    add(run, keeper, durableSeq) {
      if (!session || sendings.has(run.header.id)) return;
      const sending: Sending = { run, keeper, flow: createFlow(), inFlight: [], durableSeq, state: "queued" };
      sendings.set(run.header.id, sending);
      // The keeper learns what is durable also from a relay that it has not spoken to before.
      if (durableSeq > run.ackedSeq) keeper.notify({ type: "ack", runId: run.header.id, seq: durableSeq });
      settle(sending);
      startQueued();
    },
    changed,
    frame(keeper, bytes) {
      const sending = sendings.get(frameRunId(bytes));
      if (!session || !sending || sending.keeper !== keeper) return;
      if (!isOpen(sending)) return;
      sending.inFlight.push(measureRecords(bytes));
      queue.push(sending.flow, bytes);
      pump();
    },
    acked(runId, seq) {
      const sending = sendings.get(runId);
      if (!sending || seq <= sending.durableSeq) return;
      sending.durableSeq = seq;
      const bytes = takeDelivered(sending.inFlight, seq);
      sending.keeper.notify({ type: "ack", runId, seq });
      if (bytes > 0 && isOpen(sending)) sending.keeper.notify({ type: "credit", runId, bytes });
      settle(sending);
    },
    resend(runId, fromSeq) {
      const sending = sendings.get(runId);
      if (!sending) return;
      // The reading that is about to begin begins at the earliest place that was asked for.
      if (sending.state === "restarting") {
        sending.durableSeq = Math.min(sending.durableSeq, Math.max(0, fromSeq - 1));
        return;
      }
      detach(sending);
      forget(sending);
      sending.durableSeq = Math.max(0, fromSeq - 1);
      attach(sending);
    },
    keeperClosed(keeper) {
      for (const [runId, sending] of sendings) {
        if (sending.keeper !== keeper) continue;
        forget(sending);
        sendings.delete(runId);
        leaving.delete(runId);
      }
    },
    pump,
  };
}

/** Takes what is durable now off the front. @returns its payload bytes */
function takeDelivered(inFlight: Sending["inFlight"], seq: number): number {
  let count = 0;
  let bytes = 0;
  for (const frame of inFlight) {
    if (frame.lastSeq > seq) break;
    bytes += frame.payloadBytes;
    count++;
  }
  inFlight.splice(0, count);
  return bytes;
}
