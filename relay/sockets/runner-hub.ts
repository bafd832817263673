import { BatonError } from "#protocol/errors";
import type { RunId, RunnerId } from "#protocol/ids";
import type { ToRunner } from "#protocol/runner-link";
import type { RunnerPort } from "#relay/domain/runner-port";

/** A runner's connection, as the rest of the relay uses it. */
export interface RunnerConnection {
  send(message: ToRunner): void;
  sendFrame(bytes: Uint8Array): void;
  request(message: Extract<ToRunner, { readonly id: string }>, timeoutMs: number): Promise<unknown>;
  /** Tells the runner why, and closes. */
  fail(error: BatonError): void;
  resend(runId: RunId, fromSeq: number): void;
}

/** The connected runners: at most one connection each, the newest. */
export interface RunnerHub extends RunnerPort {
  get(runnerId: RunnerId): RunnerConnection | undefined;
  /** @returns the connection that was there before */
  put(runnerId: RunnerId, connection: RunnerConnection): RunnerConnection | undefined;
  /** @returns whether this one was the runner's connection */
  remove(runnerId: RunnerId, connection: RunnerConnection): boolean;
  /** Pictures of terminals that were asked for, one question at a time a run. */
  requestSnapshot(runId: RunId, ask: () => Promise<unknown>): Promise<void>;
}

export function createRunnerHub(): RunnerHub {
  const connections = new Map<RunnerId, RunnerConnection>();
  const snapshots = new Map<RunId, Promise<void>>();
  return {
    get: (runnerId) => connections.get(runnerId),
    put(runnerId, connection) {
      const before = connections.get(runnerId);
      connections.set(runnerId, connection);
      return before;
    },
    remove(runnerId, connection) {
      return connections.get(runnerId) === connection && connections.delete(runnerId);
    },
    isConnected: (runnerId) => connections.has(runnerId),
    send(runnerId, message) {
      connections.get(runnerId)?.send(message);
      return connections.has(runnerId);
    },
    async request(runnerId, message, timeoutMs) {
      const connection = connections.get(runnerId);
      if (!connection) throw new BatonError("runner_away", { runner: "The runner" });
      return connection.request(message, timeoutMs);
    },
    close: (runnerId, error) => connections.get(runnerId)?.fail(error),
    resend: (runnerId, runId, fromSeq) => connections.get(runnerId)?.resend(runId, fromSeq),
    requestSnapshot(runId, ask) {
      const asked = snapshots.get(runId);
      if (asked) return asked;
      const answer = ask()
        .then(() => undefined)
        // Without a picture the viewer gets an older one and a longer tail.
        .catch(() => undefined)
        .finally(() => snapshots.delete(runId));
      snapshots.set(runId, answer);
      return answer;
    },
  };
}
