import { runnerAwayMs } from "#protocol/caps";
import type { RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { ToRelay } from "#protocol/runner-link";
import { maxHelloRuns } from "#runner/core/caps";
import { createEvidenceNotes } from "#runner/core/evidence";
import { frameRunId, frameType } from "#runner/core/frames";
import type { RunnerHost } from "#runner/core/host";
import type { KeeperConnection, KeeperEvent } from "#runner/core/keeper-connection";
import type { KeeperHandlers } from "#runner/core/keepers";
import type { LinkSession } from "#runner/core/link-session";
import type { Outbox } from "#runner/core/outbox";
import { isEnded, type Runs } from "#runner/core/runs";
import type { Sharing } from "#runner/core/sharing";

interface RunSyncDeps {
  readonly host: RunnerHost;
  readonly runs: Runs;
  readonly outbox: Outbox;
  readonly sharing: Sharing;
  session(): LinkSession | undefined;
  /** Whether another window or runner serves the folder now. */
  isReplaced(): boolean;
}

/** Keeps the relay's picture of the runs the same as the keepers': what is announced, sent, and said to be lost. */
export interface RunSync {
  keeperHandlers(changed: () => void): KeeperHandlers;
  /** The runs that a hello names: all that can still be sent, the newest first. */
  helloRuns(): Extract<ToRelay, { type: "hello" }>["runs"];
  online(session: LinkSession): void;
  offline(): void;
  /** The relay has made a run durable up to `seq`. */
  acked(runId: RunId, seq: number): void;
  started(run: KeeperRun, keeper: KeeperConnection): void;
  /** Everything of an ended run is durable on the relay. */
  delivered(run: KeeperRun): void;
  /** A run is left out here; whoever names it again begins it again. */
  leftOut(runId: RunId): void;
  runningRuns(): number;
  stop(): void;
}

export function createRunSync({ host, runs, outbox, sharing, session, isReplaced }: RunSyncDeps): RunSync {
  /** The runs that the relay knows of, on this link, and what of each is durable there. */
  let durable = new Map<RunId, number>();
  let cancelTelling: () => void = () => {};
  let isDelivering = false;

  const evidence = createEvidenceNotes(host, isReplaced);

  const isShared = ({ header }: KeeperRun) => header.runnerId === host.runnerId && sharing.includes(header);

  /** Announces a run where the relay may not have it, and sends its records. */
  const send = (run: KeeperRun, keeper: KeeperConnection) => {
    const open = session();
    if (!open || !isShared(run)) return;
    const { id } = run.header;
    if (!durable.has(id)) {
      open.send({ type: "run.begin", header: run.header });
      durable.set(id, 0);
    }
    outbox.add(run, keeper, durable.get(id) ?? 0);
  };

  const sendLease = (run: KeeperRun) => {
    const { header, lease } = run;
    if (!isShared(run) || lease.leaseEpoch === 0 || run.status === "ended" || run.lost) return;
    const { leaseEpoch, holder, connection } = lease;
    session()?.send({
      type: "lease.changed",
      runId: header.id,
      leaseEpoch,
      ...(holder && { holder }),
      ...(connection !== undefined && { connection }),
    });
  };

  const tellKeepers = (keepers: Iterable<KeeperConnection>) => {
    const { runnerId } = host;
    const { relay } = sharing;
    for (const keeper of keepers) {
      keeper.notify({ type: "delivery", runnerId, online: isDelivering, ...(relay && { relay }) });
    }
  };
  const connected = new Set<KeeperConnection>();

  const handlers: {
    [T in KeeperEvent["type"]]: (event: Extract<KeeperEvent, { type: T }>, keeper: KeeperConnection) => void;
  } = {
    "run.changed": ({ run }, keeper) => {
      if (run.header.runnerId !== host.runnerId) return;
      const before = runs.get(run.header.id)?.run;
      const isOver = before !== undefined && !isEnded(before) && isEnded(run);
      runs.put(run, keeper);
      if (isOver) host.runEnded?.();
      evidence.seen(run, keeper);
      send(run, keeper);
      outbox.changed(run);
    },
    "lease.changed": (event) => {
      runs.lease(event);
      const tracked = runs.get(event.runId);
      if (tracked && isShared(tracked.run)) session()?.send(event);
    },
    "run.ending": ({ runId, endedMsAgo }, keeper) => evidence.ending(runId, keeper, endedMsAgo),
    error: ({ runId, error }) => host.log.debug({ run: runId, code: error.code }, "the keeper refused something"),
  };

  return {
    keeperHandlers: (changed) => ({
      opened(keeper, listed) {
        connected.add(keeper);
        tellKeepers([keeper]);
        for (const run of listed) {
          send(runs.put(run, keeper).run, keeper);
          evidence.seen(run, keeper);
          sendLease(run);
        }
        changed();
      },
      event(keeper, event) {
        handlers[event.type](event as never, keeper);
      },
      frame(keeper, bytes) {
        if (frameType(bytes) !== "snapshot") return outbox.frame(keeper, bytes);
        const tracked = runs.get(frameRunId(bytes));
        if (tracked && isShared(tracked.run)) session()?.sendFrame(bytes);
      },
      closed(keeper) {
        connected.delete(keeper);
        outbox.keeperClosed(keeper);
        evidence.keeperClosed(keeper);
        runs.keeperClosed(keeper);
        changed();
      },
    }),

    helloRuns() {
      return [...runs.all()]
        .map(({ run }) => run)
        .filter(isShared)
        .sort((a, b) => (a.header.id < b.header.id ? 1 : -1))
        .slice(0, maxHelloRuns)
        .map((run) => ({
          runId: run.header.id,
          storeId: run.header.storeId,
          headSeq: run.headSeq,
          ended: isEnded(run),
        }));
    },

    online(opened) {
      cancelTelling();
      isDelivering = true;
      tellKeepers(connected);
      // A run of which nothing is durable may be one that the relay has never heard of.
      const held = opened.welcome.runs.filter(({ durableSeq }) => durableSeq > 0);
      durable = new Map(held.map(({ runId, durableSeq }) => [runId, durableSeq]));
      outbox.online(opened);
      for (const { run, keeper } of [...runs.all()]) {
        send(run, keeper);
        sendLease(run);
      }
    },

    acked(runId, seq) {
      if (durable.has(runId)) durable.set(runId, seq);
      outbox.acked(runId, seq);
    },

    offline() {
      cancelTelling();
      outbox.offline();
      runs.noWatchers();
      cancelTelling = host.clock.after(runnerAwayMs, () => {
        isDelivering = false;
        tellKeepers(connected);
      });
    },

    started(run, keeper) {
      runs.put(run, keeper);
      send(run, keeper);
    },

    delivered(run) {
      runs.delivered(run.header.id);
      if (run.lost) session()?.send({ type: "run.lost", runId: run.header.id });
    },

    leftOut: (runId) => void durable.delete(runId),

    stop: () => cancelTelling(),

    runningRuns: () => [...runs.all()].filter(({ run }) => !isEnded(run) && run.header.tunnelPort === undefined).length,
  };
}
