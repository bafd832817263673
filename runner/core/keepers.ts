import { BatonError, type WireError } from "#protocol/errors";
import type { KeeperRun } from "#protocol/keeper-link";
import { createBackoff } from "#runner/core/backoff";
import { keeperRetryMs, maxKeeperRetryMs, olderKeepersMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import type { KeeperConnection, KeeperEvent } from "#runner/core/keeper-connection";
import { waitFor } from "#runner/core/wait-for";

export interface KeeperHandlers {
  /** A keeper is there, with the runs of this folder that it holds. */
  opened(keeper: KeeperConnection, runs: KeeperRun[]): void;
  event(keeper: KeeperConnection, event: KeeperEvent): void;
  frame(keeper: KeeperConnection, bytes: Uint8Array): void;
  closed(keeper: KeeperConnection): void;
  /** It was tried again and again, and no keeper can be had: why. Told each time, until one is `opened`. */
  failed?(error: WireError): void;
}

export interface Keepers {
  /** Connects, and connects again, until the signal aborts. */
  run(): Promise<void>;
  /** The newest keeper, where it is connected. */
  newest(): KeeperConnection | undefined;
  /** All that are connected, the newest first. */
  all(): KeeperConnection[];
  /**
   * Resolves when the newest keeper is connected; rejects when the runner is stopped.
   * @param wanted ends the waiting of whoever has no more use for it: then this rejects, and nothing of it is kept
   */
  ready(wanted?: AbortSignal): Promise<KeeperConnection>;
}

/** The keepers that hold runs of this folder: the newest, where runs start, and older ones, which drain. */
export function createKeepers(host: RunnerHost, handlers: KeeperHandlers, signal: AbortSignal): Keepers {
  const older = new Set<KeeperConnection>();
  let newest: KeeperConnection | undefined;
  let waiting: Waiter[] = [];

  /** Resolves when the connection has closed. */
  const serve = async (keeper: KeeperConnection, opened: () => void): Promise<void> => {
    let isClosed = false;
    const closed = new Promise<void>((resolve) => {
      keeper.listen({
        event: (event) => handlers.event(keeper, event),
        frame: (bytes) => handlers.frame(keeper, bytes),
        closed: () => {
          isClosed = true;
          if (newest === keeper) newest = undefined;
          resolve();
        },
      });
    });
    const { runs } = await keeper.request("list", { runnerId: host.runnerId });
    if (isClosed) return;
    opened();
    handlers.opened(keeper, runs);
    await closed;
    handlers.closed(keeper);
  };

  const connect = async (): Promise<void> => {
    const keeper = await host.connectKeeper();
    if (signal.aborted) return keeper.close();
    const onAbort = () => keeper.close();
    signal.addEventListener("abort", onAbort);
    try {
      await Promise.race([drainOlder(), waitFor(host, olderKeepersMs, signal)]);
      await serve(keeper, () => {
        newest = keeper;
        const resolvers = waiting;
        waiting = [];
        // The listeners of `opened` come first, so that whoever waited finds the runs in place.
        queueMicrotask(() => {
          for (const waiter of resolvers) waiter.resolve(keeper);
        });
      });
    } finally {
      newest = undefined;
      signal.removeEventListener("abort", onAbort);
      keeper.close();
    }
  };

  const drainOlder = async (): Promise<void> => {
    try {
      for (const connection of await host.connectOlderKeepers()) {
        if (signal.aborted) connection.close();
        else drain(connection);
      }
    } catch (error) {
      host.log.warn({ error: String(error) }, "older keepers were not reached; their runs go on");
    }
  };

  const drain = (keeper: KeeperConnection) => {
    // It stays connected while the newest one is connected to again.
    if ([...older].some(({ pid }) => pid === keeper.pid)) return keeper.close();
    older.add(keeper);
    const onAbort = () => keeper.close();
    signal.addEventListener("abort", onAbort);
    serve(keeper, () => {})
      .catch((error: unknown) =>
        host.log.warn({ error: String(error), pid: keeper.pid }, "an older keeper is not readable"),
      )
      .finally(() => {
        signal.removeEventListener("abort", onAbort);
        older.delete(keeper);
        keeper.close();
      });
  };

  return {
    async run() {
      const backoff = createBackoff(host.random, keeperRetryMs, maxKeeperRetryMs);
      let failures = 0;
      while (!signal.aborted) {
        const sinceMs = host.clock.now();
        try {
          await connect();
          failures = 0;
        } catch (error) {
          failures++;
          if (failures >= toldAfterFailures && !signal.aborted) handlers.failed?.(failureOf(error));
          host.log.warn({ error: String(error) }, "the keeper is not reachable; running agents go on");
        }
        if (host.clock.now() - sinceMs > maxKeeperRetryMs) backoff.reset();
        if (!signal.aborted) await waitFor(host, backoff.nextMs(), signal);
      }
      for (const waiter of waiting) waiter.reject(new Error("the runner was stopped"));
      waiting = [];
    },
    newest: () => newest,
    all: () => (newest ? [newest, ...older] : [...older]),
    ready: (wanted) =>
      newest
        ? Promise.resolve(newest)
        : signal.aborted
          ? Promise.reject(new Error("the runner was stopped"))
          : wait(wanted),
  };

  function wait(wanted: AbortSignal | undefined): Promise<KeeperConnection> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting = waiting.filter((one) => one !== waiter);
        waiter.reject(new Error("nobody waits for the keeper any more"));
      };
      const done = () => wanted?.removeEventListener("abort", leave);
      const waiter: Waiter = {
        resolve(keeper) {
          done();
          resolve(keeper);
        },
        reject(error) {
          done();
          reject(error);
        },
      };
      if (wanted?.aborted) return leave();
      wanted?.addEventListener("abort", leave);
      waiting.push(waiter);
    });
  }
}

interface Waiter {
  resolve(keeper: KeeperConnection): void;
  reject(error: Error): void;
}

/** A keeper that leaves while it is dialled is followed by another one, of which nobody has to hear. */
const toldAfterFailures = 2;

function failureOf(error: unknown): WireError {
  if (error instanceof BatonError) return error.toJSON();
  const reason = error instanceof Error ? error.message : String(error);
  const isFull = error instanceof Error && "code" in error && error.code === "ENOSPC";
  return new BatonError(isFull ? "disk_full" : "keeper_unreachable", { reason }).toJSON();
}
