import { BatonError, type ErrorCode, errorFromWire, type WireError } from "#protocol/errors";

/** Requests that wait for their reply. When the connection is gone every one of them is rejected. */
export interface PendingReplies {
  wait(id: string, what: string, timeoutMs: number): Promise<unknown>;
  settle(id: string, answer: { readonly error?: WireError | undefined; readonly result?: unknown }): void;
  rejectAll(error: Error): void;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  readonly timer: NodeJS.Timeout;
}

const maxPending = 1_000;

/** What a runner can have against a request. Its answer goes to whoever asked, and is not to end their session. */
const runnerCodes: ReadonlySet<string> = new Set<ErrorCode>([
  "cloudflared_missing",
  "cloudflared_not_installed",
  "cloudflared_unusable",
  "connection_lost",
  "input_lease_held",
  "input_lease_lost",
  "input_lease_needed",
  "input_not_read",
  "keeper_busy",
  "keeper_failed",
  "keeper_unreachable",
  "not_found",
  "preview_not_public",
  "preview_off",
  "preview_refused",
  "run_ended",
  "run_never_seen",
  "runner_paused",
  "snapshot_unavailable",
  "timeout",
  "workspace_untrusted",
]);

const errorOfRunner = (error: WireError): Error =>
  runnerCodes.has(error.code) ? errorFromWire(error) : new BatonError("keeper_failed", { reason: error.code });

export function createPendingReplies(): PendingReplies {
  const pending = new Map<string, Pending>();
  const take = (id: string) => {
    const found = pending.get(id);
    pending.delete(id);
    clearTimeout(found?.timer);
    return found;
  };
  return {
    wait(id, what, timeoutMs) {
      if (pending.size >= maxPending)
        return Promise.reject(new BatonError("too_many", { what: "open requests", max: maxPending }));
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          take(id)?.reject(new BatonError("timeout", { what, seconds: timeoutMs / 1000 }));
        }, timeoutMs);
        pending.set(id, { resolve, reject, timer });
      });
    },
    settle(id, { error, result }) {
      const found = take(id);
      if (error) found?.reject(errorOfRunner(error));
      else found?.resolve(result);
    },
    rejectAll(error) {
      for (const id of [...pending.keys()]) take(id)?.reject(error);
    },
  };
}
