import type { RunnerReport } from "#protocol/documents";
import { BatonError, type WireError } from "#protocol/errors";
import type { DeviceId, RelayId } from "#protocol/ids";
import type { ToRelay, ToRunner } from "#protocol/runner-link";
import { createBackoff } from "#runner/core/backoff";
import { healthyUptimeMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import { connectOnce } from "#runner/core/link-connection";
import type { LinkState } from "#runner/core/status";

/** The open link, from `welcome` until it closes. Sending on a closed one does nothing. */
export interface LinkSession {
  readonly welcome: Welcome;
  send(message: ToRelay): void;
  /** Sends a binary frame as it is; the bytes are not touched again. */
  sendFrame(bytes: Uint8Array): void;
  /** Bytes that wait in this process for the socket: a local limit, not flow control. */
  readonly bufferedBytes: number;
  /**
   * Sends a request and waits for its reply.
   * @throws BatonError the relay's refusal, or `connection_lost`: then nobody knows whether the relay has seen it
   */
  request(message: Extract<ToRelay, { id: unknown }>): Promise<unknown>;
}

export type Welcome = Extract<ToRunner, { type: "welcome" }>;
/** What comes from the relay behind `welcome`. */
export type RelayMessage = Exclude<ToRunner, { type: "challenge" | "welcome" | "reply" | "error" }>;

export interface LinkHandlers {
  /** What the hello says; called once per attempt, when the relay has sent its challenge. */
  hello(): Promise<{ report: RunnerReport; runs: Extract<ToRelay, { type: "hello" }>["runs"] }>;
  online(session: LinkSession): void;
  message(message: RelayMessage): void;
  /** A binary frame from the relay: `input`. */
  frame(bytes: Uint8Array): void;
  drained(): void;
  offline(): void;
  state(state: LinkState): void;
}

export interface LinkTarget {
  readonly url: string;
  readonly deviceId: DeviceId;
  /** The relay of the pairing. To any other one nothing is signed: it could show the proof to the real one. */
  readonly relayId?: RelayId;
}

/** How one connection ended. */
export interface LinkEnd {
  readonly reason: string;
  /** From `welcome` to the end; undefined where it never came so far. */
  readonly uptimeMs?: number;
  /** What the relay, or this side, refused it with. */
  readonly error?: WireError;
}

/** After these there is nothing to retry: a person has to do something. */
const finalCodes: ReadonlySet<string> = new Set([
  "runner_replaced",
  "runner_revoked",
  "signature_invalid",
  "protocol_version_unsupported",
]);

/**
 * Keeps the link up until the signal aborts or the relay says something final. It owns retry, backoff, and the
 * backoff's reset after healthy uptime; it never rejects.
 * @param wake resolves a waiting retry at once; each call gives the promise of the next wake
 */
export async function runLink(
  host: RunnerHost,
  target: LinkTarget,
  handlers: LinkHandlers,
  signal: AbortSignal,
  wake: () => Promise<void>,
): Promise<void> {
  const backoff = createBackoff(host.random);
  while (!signal.aborted) {
    handlers.state({ state: "connecting" });
    const end = await connectOnce(host, target, handlers, signal);
    if (signal.aborted) break;
    if (end.error && finalCodes.has(end.error.code)) {
      host.log.error(
        { code: end.error.code, relay: target.url },
        new BatonError(end.error.code as never, end.error.params).message,
      );
      handlers.state({ state: "stopped", error: end.error });
      return;
    }
    if (end.uptimeMs !== undefined && end.uptimeMs >= healthyUptimeMs) backoff.reset();
    const waitMs = backoff.nextMs();
    host.log.warn({ relay: target.url, reason: end.reason, waitMs }, "the link to the relay is down; it is made again");
    handlers.state({ state: "waiting", retryAtMs: host.clock.now() + waitMs, reason: end.reason });
    await waitFor(host, waitMs, signal, wake());
  }
  handlers.state({ state: "stopped" });
}

/** Ends after `delayMs`, at the abort, or at the wake where there is one, whichever is first. */
export function waitFor(host: RunnerHost, delayMs: number, signal: AbortSignal, wake?: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = host.clock.after(delayMs, done);
    signal.addEventListener("abort", done);
    void wake?.then(done);
    if (signal.aborted) done();
  });
}
