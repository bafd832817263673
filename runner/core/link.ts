import { BatonError } from "#protocol/errors";
import { createBackoff } from "#runner/core/backoff";
import { healthyUptimeMs, linkDownSaidEveryMs } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import { connectOnce } from "#runner/core/link-connection";
import type { LinkHandlers, LinkTarget } from "#runner/core/link-session";
import { waitFor } from "#runner/core/wait-for";

/** After these there is nothing to retry: a person has to do something. */
const finalCodes: ReadonlySet<string> = new Set([
  "runner_replaced",
  "runner_revoked",
  "relay_changed",
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
  let saidAtMs: number | undefined;
  while (!signal.aborted) {
    handlers.state({ state: "connecting" });
    const online: LinkHandlers["online"] = (session) => {
      if (saidAtMs !== undefined) host.log.info({ relay: target.url }, "the link to the relay is back");
      saidAtMs = undefined;
      handlers.online(session);
    };
    const end = await connectOnce(host, target, { ...handlers, online }, signal);
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
    const now = host.clock.now();
    const isNews = saidAtMs === undefined || now - saidAtMs >= linkDownSaidEveryMs;
    const say = isNews ? host.log.warn : host.log.debug;
    if (isNews) saidAtMs = now;
    say({ relay: target.url, reason: end.reason, waitMs }, "the link to the relay is down; it is made again");
    handlers.state({ state: "waiting", retryAtMs: host.clock.now() + waitMs, reason: end.reason });
    await waitFor(host, waitMs, signal, wake());
  }
  handlers.state({ state: "stopped" });
}
