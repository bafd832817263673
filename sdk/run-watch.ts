import { maxInputBytes } from "#protocol/caps";
import type { TerminalSize } from "#protocol/documents";
import { errorFromWire } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";
import type { ToViewer } from "#protocol/viewer-link";
import { retryDelayMs } from "#sdk/backoff";
import { healthyUptimeMs } from "#sdk/caps";
import type { Connection, PeerError } from "#sdk/connection";
import { type RunSink, RunStream, type RunStreamPhase } from "#sdk/run-stream";
import { createStore, type Readable } from "#sdk/vanilla-store";

export interface Lease {
  readonly leaseEpoch: number;
  readonly holder?: Actor | undefined;
  readonly yours: boolean;
}

export interface RunWatchState {
  readonly phase: RunStreamPhase;
  readonly lease: Lease;
  readonly watchers: readonly Actor[];
  /** Whether the log has records before the ones that are shown. */
  readonly hasEarlier: boolean;
  /** What the relay last refused: a watch, which is tried again unless the phase is `refused`, or input. */
  readonly error?: PeerError | undefined;
}

/** One run, watched over a connection: its log into a sink, its input lease and its watchers as state. */
export interface RunWatch {
  readonly state: Readable<RunWatchState>;
  /** Begins, or goes on behind what was shown. */
  enter(): void;
  /** Ends the watch and keeps what was shown. */
  leave(): void;
  setVisible(visible: boolean): void;
  loadEverything(): void;
  /** @throws BatonError or UnknownPeerError: `input_lease_held`, `role_required`, `connection_lost` … */
  takeLease(): Promise<void>;
  releaseLease(): void;
  /** Types, while the lease is this viewer's. @returns false where it is not, or where the link is down */
  type(bytes: Uint8Array): boolean;
  /** Resizes the terminal of the run, while the lease is this viewer's. */
  resize(size: TerminalSize): boolean;
  dispose(): void;
}

const noLease: Lease = { leaseEpoch: 0, yours: false };

/** A watch that failed for one of these is begun again by itself; any other refusal would only come again. */
const passingCodes = new Set<string>([
  "timeout",
  "internal",
  "storage_full",
  "storage_failed",
  "storage_behind",
  "shutting_down",
]);
/** These speak of keys and sizes that were sent, and not of the watch. */
const inputCodes = new Set<string>([
  "input_lease_lost",
  "input_lease_held",
  "input_lease_needed",
  "input_too_large",
  "input_not_read",
  "run_ended",
  "runner_away",
]);

/**
 * Watches a run over a connection that comes and goes. A watch that the relay cannot serve now is begun again, later
 * with every failure; one that it refuses ends in the phase `refused`, with the reason in `error`.
 * @param random in [0, 1), for the waits between tries; passed in by tests
 */
export function watchRun(
  connection: Connection,
  runId: RunId,
  sink: RunSink,
  random: () => number = Math.random,
): RunWatch {
  const state = createStore<RunWatchState>({ phase: "disconnected", lease: noLease, watchers: [], hasEarlier: false });
  const change = (next: Partial<RunWatchState>) => state.set((current) => ({ ...current, ...next }));
  const stream = new RunStream(runId, { ...bound(sink), changed: () => syncFromStream() }, (command) =>
    connection.send(command),
  );
  const syncFromStream = () => {
    change({ phase: stream.phase, hasEarlier: stream.firstSeq > 1 });
    sink.changed();
  };
  let entered = false;
  let failures = 0;
  let watchingSince = 0;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const failed = (error: PeerError) => {
    change({ error });
    if (!entered || inputCodes.has(error.code)) return;
    if (!passingCodes.has(error.code)) {
      if (stream.phase === "watching") stream.refused();
      return;
    }
    failures = stream.phase === "live" && Date.now() - watchingSince >= healthyUptimeMs ? 1 : failures + 1;
    stream.disconnected();
    clearTimeout(retry);
    retry = setTimeout(() => stream.connected(), retryDelayMs(failures, random));
  };

  const onMessage = (message: ToViewer) => {
    if (message.type === "welcome" && entered) {
      failures = 0;
      stream.connected();
    }
    if (!("runId" in message) || message.runId !== runId) return;
    const { type } = message;
    if (type === "run.watching") {
      if (!entered) return;
      watchingSince = Date.now();
      change({ lease: message.lease, watchers: message.watchers, error: undefined });
      stream.watching(message);
    } else if (type === "run.stale") stream.stale();
    else if (type === "run.watchers") change({ watchers: message.watchers });
    else if (type === "lease.changed") {
      const { leaseEpoch, holder, yours } = message;
      change({ lease: { leaseEpoch, holder, yours }, error: undefined });
    } else if (type === "error" && !message.re) failed(errorFromWire(message.error));
  };

  const unlisten = connection.listen({
    message: onMessage,
    frame: (frame) => {
      if (frame.runId !== runId || !entered) return;
      if (frame.type === "records") stream.records(frame);
      if (frame.type === "snapshot") stream.snapshot(frame);
    },
    disconnected: () => {
      clearTimeout(retry);
      change({ lease: noLease, watchers: [] });
      stream.disconnected();
    },
  });

  const watch: RunWatch = {
    state,
    enter() {
      if (entered) return;
      entered = true;
      if (connection.state.get().phase === "live") stream.connected();
    },
    leave() {
      if (!entered) return;
      watch.releaseLease();
      clearTimeout(retry);
      failures = 0;
      entered = false;
      stream.leave();
    },
    setVisible: (visible) => stream.setVisible(visible),
    loadEverything: () => stream.loadEverything(),
    async takeLease() {
      change({ error: undefined });
      await connection.takeLease(runId);
    },
    releaseLease() {
      const { lease } = state.get();
      if (lease.yours) connection.send({ type: "lease.release", runId, leaseEpoch: lease.leaseEpoch });
    },
    type(bytes) {
      const { lease } = state.get();
      if (!lease.yours) return false;
      for (let start = 0; start < bytes.length; start += maxInputBytes) {
        const piece = bytes.subarray(start, start + maxInputBytes);
        if (!connection.sendInput(runId, lease.leaseEpoch, piece)) return false;
      }
      return true;
    },
    resize(size) {
      const { lease } = state.get();
      return lease.yours && connection.send({ type: "run.resize", runId, leaseEpoch: lease.leaseEpoch, size });
    },
    dispose() {
      watch.leave();
      unlisten();
    },
  };
  return watch;
}

const bound = (sink: RunSink): RunSink => ({
  reset: (snapshot) => sink.reset(snapshot),
  record: (record, consumed) => sink.record(record, consumed),
  changed: () => sink.changed(),
});
