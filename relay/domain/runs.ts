import type { Run, RunHeader, Runner } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { frameHeaderBytes, type RecordsFrame, type SnapshotFrame } from "#protocol/frame";
import type { RunId, RunnerId } from "#protocol/ids";
import { lostRun, newRun, withRecord } from "#protocol/run-document";
import { maxOpenRunsPerRunner, runCountsMs } from "#relay/caps";
import type { ChangeFeed } from "#relay/domain/changes";
import { LiveRun } from "#relay/domain/live-run";
import { storedRecords } from "#relay/domain/record-walk";
import { cutBehind, type Intake, retryStalled, takeRecords } from "#relay/domain/run-intake";
import { createRunWriter, type RunWriterDeps } from "#relay/domain/run-writer";
import type { LogState } from "#relay/store/store";

/** All runs, as they are right now: their documents are made from their logs. */
export interface Runs {
  /** Opens the logs of the runs that had not ended, and makes their documents up to date. */
  start(): Promise<void>;
  open(): Run[];
  get(id: RunId): Promise<Run | undefined>;
  /** @throws BatonError `not_found` */
  need(id: RunId): Promise<Run>;
  /** A stored document as it is shown. */
  overlay(run: Run): Run;
  /** One that is at hand already. */
  live(id: RunId): LiveRun | undefined;
  /** The run with its log opened. An ended one is let go again by `letGo`. @throws BatonError `not_found` */
  openLog(id: RunId): Promise<LiveRun>;
  letGo(run: LiveRun): void;
  /** A runner announces a run. Again is the same as once. @throws BatonError `too_many`: the run is not taken */
  begin(runnerId: RunnerId, header: RunHeader): Promise<void>;
  /** @returns undefined for a run that was never announced by this runner */
  take(runnerId: RunnerId, whole: Uint8Array, frame: RecordsFrame): Intake | undefined;
  snapshot(runnerId: RunnerId, whole: Uint8Array, frame: SnapshotFrame): void;
  lost(runnerId: RunnerId, id: RunId): Promise<void>;
  /** Shows the open runs of a runner anew: it went away or came back. */
  runnerChanged(runner: Runner): void;
  /** Writes counts, tries again what could not be stored. To be called every second. */
  tick(): Promise<void>;
  /** Everything that is not written yet. */
  flush(): Promise<void>;
}

export interface RunsDeps extends RunWriterDeps {
  readonly feed: ChangeFeed;
  /** Whether the runner is away, for the run's document. */
  isAway(runnerId: RunnerId): boolean;
  /** What is before `fromSeq` is durable now; the runner has to send from there on once more. */
  resend(runnerId: RunnerId, runId: RunId, fromSeq: number): void;
}

export function createRuns(deps: RunsDeps): Runs {
  const { store, ledger, feed, clock } = deps;
  const { documents, archive, logs } = store;
  const live = new Map<RunId, LiveRun>();
  const opening = new Map<RunId, Promise<LiveRun>>();

  const overlay = (stored: Run): Run => {
    const held = live.get(stored.id);
    const run = held ? { ...held.run, rev: stored.rev + held.bumps } : stored;
    if (run.status === "ended") return run;
    const { away: _, ...here } = run;
    return (deps.isAway(run.runnerId) ? { ...here, away: true } : here) as Run;
  };
  const shown = (held: LiveRun): Run => overlay(documents.get("runs", held.id) ?? held.run);
  const announce = (held: LiveRun) => {
    held.bumps += 1;
    feed.announce({ runs: [shown(held)] });
    held.wakeFollowers();
  };

  /** Reads what the document does not know yet from the log. */
  const caughtUp = async (run: Run, log: LogState): Promise<Run> => {
    let next = withDamage(run, log);
    if (next.headSeq >= log.durableSeq) return next;
    for await (const chunk of logs.read(run.id, run.headSeq + 1)) {
      for (const record of storedRecords(chunk)) next = withRecord(next, record, run.lastOutputAt ?? clock());
    }
    return next;
  };

  const hold = async (run: Run): Promise<LiveRun> => {
    const log = await logs.open(run.id);
    const held = new LiveRun(run.status === "ended" ? withDamage(run, log) : await caughtUp(run, log), log, clock);
    held.isDirty = held.run.headSeq !== run.headSeq || held.run.damage !== run.damage;
    // A damage that was noted before says where the log broke, and not how long it was.
    held.cutFromSeq = run.damage && !log.damage ? Number.POSITIVE_INFINITY : run.headSeq;
    const snapshot = await logs.snapshot(run.id);
    if (snapshot) held.snapshot = { seq: snapshotSeq(snapshot), frame: snapshot };
    live.set(run.id, held);
    return held;
  };

  const openLog = async (id: RunId): Promise<LiveRun> => {
    const held = live.get(id);
    if (held) return held;
    // Nothing is awaited up to here: two that ask in one turn get the same run.
    const known = opening.get(id);
    if (known) return known;
    const promise = (async () => {
      const run = documents.get("runs", id) ?? (await archive.run(id));
      if (!run) throw new BatonError("not_found", { what: "run" });
      return hold(run);
    })();
    opening.set(id, promise);
    try {
      return await promise;
    } finally {
      opening.delete(id);
    }
  };

  const letGo = (held: LiveRun) => {
    const isUsed = held.watches.size > 0 || held.followers.size > 0 || held.stalled !== undefined;
    const isOpen = documents.get("runs", held.id) !== undefined || held.durableSeq < held.appendedSeq;
    if (isUsed || isOpen || live.get(held.id) !== held) return;
    live.delete(held.id);
    logs.release(held.id).catch((error: unknown) => deps.onError(error, held.id));
  };

  const { write, stored } = createRunWriter(deps, letGo);

  // A damaged log is noticed when it is read, also while it is written. The document keeps what those records said:
  // the runner has them, and sends them again.
  logs.onDamage((id, damage) => {
    const held = live.get(id);
    if (!held) return;
    cutBehind(held, damage.validSeq);
    held.run = { ...held.run, damage };
    held.isDirty = true;
    announce(held);
    deps.resend(held.run.runnerId, id, damage.validSeq + 1);
  });

  const ofRunner = (runnerId: RunnerId, id: RunId) => {
    const held = live.get(id);
    return held?.run.runnerId === runnerId ? held : undefined;
  };

  return {
    async start() {
      for (const run of documents.all("runs")) {
        try {
          const held = await hold(run);
          if (held.isDirty) await write(held);
        } catch (error) {
          deps.onError(error, run.id);
        }
      }
    },
    open: () => documents.all("runs").map(overlay),
    async get(id) {
      const run = documents.get("runs", id) ?? (await archive.run(id));
      return run && overlay(run);
    },
    async need(id) {
      const run = documents.get("runs", id) ?? (await archive.run(id));
      if (!run) throw new BatonError("not_found", { what: "run" });
      return overlay(run);
    },
    overlay,
    live: (id) => live.get(id),
    openLog,
    letGo,

    async begin(runnerId, header) {
      if (header.runnerId !== runnerId || header.visibility !== "team") return;
      if (live.has(header.id) || opening.has(header.id)) return;
      const known = documents.get("runs", header.id) ?? (await archive.run(header.id));
      if (known) {
        await openLog(header.id);
        return;
      }
      const others = documents.all("runs").filter((run) => run.runnerId === runnerId).length;
      if (others >= maxOpenRunsPerRunner) {
        throw new BatonError("too_many", { what: "open runs of this runner", max: maxOpenRunsPerRunner });
      }
      const run = newRun(header, clock());
      await ledger.commit([{ collection: "runs", put: run }]);
      const held = await openLog(header.id);
      // The log may be there without its document: a relay that was restored from an older copy.
      if (held.isDirty) void write(held);
      deps.queueChanged();
    },

    take(runnerId, whole, frame) {
      const held = ofRunner(runnerId, frame.runId);
      if (!held) return undefined;
      const intake = takeRecords(held, logs, whole, frame);
      if (intake.is === "taken")
        intake.durable.then(
          () => stored(held, intake.records),
          () => undefined,
        );
      return intake;
    },

    snapshot(runnerId, whole, frame) {
      const held = ofRunner(runnerId, frame.runId);
      if (!held || (held.snapshot && held.snapshot.seq > frame.seq)) return;
      held.snapshot = { seq: frame.seq, frame: whole };
      logs.putSnapshot(frame.runId, whole).catch((error: unknown) => deps.onError(error, frame.runId));
    },

    async lost(runnerId, id) {
      const held = ofRunner(runnerId, id);
      if (!held || held.ended) return;
      held.run = lostRun(held.run, clock());
      held.isDirty = true;
      await write(held);
    },

    runnerChanged(runner) {
      for (const held of live.values()) if (held.run.runnerId === runner.id && !held.ended) announce(held);
    },

    async tick() {
      const now = clock();
      for (const held of [...live.values()]) {
        if (held.stalled) {
          const frame = await retryStalled(held, logs);
          if (!frame) continue;
          stored(held, [...storedRecords(frame.bytes.subarray(frameHeaderBytes))]);
          deps.resend(held.run.runnerId, held.id, frame.lastSeq + 1);
        }
        const isDue = now - held.writtenAt >= runCountsMs || held.ended;
        if (held.isDirty && isDue) await write(held);
        if (held.ended) letGo(held);
      }
    },
    async flush() {
      for (const held of live.values()) if (held.isDirty) await write(held);
    },
  };
}

const withDamage = (run: Run, log: LogState): Run =>
  log.damage && log.damage.foundAt !== run.damage?.foundAt
    ? { ...run, damage: log.damage, headSeq: Math.min(run.headSeq, log.durableSeq) }
    : run;

/** The seq of a stored snapshot frame: a u48 behind the frame's header. */
function snapshotSeq(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return view.getUint16(18) * 2 ** 32 + view.getUint32(20);
}
