import { setTimeout as delay } from "node:timers/promises";
import type { TunnelState } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type TunnelTarget, tunnelArguments } from "#runner/node/cloudflare/command-line";
import { isConnected, quickTunnelUrl } from "#runner/node/cloudflare/health";
import type { OutputEvent, Route } from "#runner/node/cloudflare/output";
import { startTunnelProcess } from "#runner/node/cloudflare/tunnel-process";

export interface TunnelLimits {
  readonly readyMs: number;
  readonly healthMs: number;
  readonly unhealthyMs: number;
}

export interface ConnectOptions {
  readonly binary: string;
  readonly target: TunnelTarget;
  readonly configFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limits: TunnelLimits;
  readonly signal: AbortSignal;
  told(state: TunnelState): void;
  line(text: string): void;
}

/** How one cloudflared ended. */
export interface TunnelEnd {
  /** Undefined where it was ended on purpose. */
  readonly error?: BatonError;
  /** Trying again changes nothing. */
  readonly isFinal: boolean;
  readonly wasReady: boolean;
}

/**
 * One cloudflared from its start to its end: ready when its address is known and it is connected, and ended where it is
 * without a connection for too long. It makes lost connections again by itself, at the same address.
 */
export async function connectOnce(options: ConnectOptions): Promise<TunnelEnd> {
  const { target, limits, signal, told } = options;
  const { port, hostname } = target;
  const connected = new Set<number>();
  let url = hostname === undefined ? undefined : `https://${hostname}`;
  let metrics: string | undefined;
  let failure: BatonError | undefined;
  let isFinal = false;
  let reason: string | undefined;
  let isReady = false;
  let wasReady = false;
  const stopping = new AbortController();

  const fail = (error: BatonError, final = false) => {
    failure ??= error;
    isFinal ||= final;
    stopping.abort();
  };
  const look = () => {
    const is = url !== undefined && connected.size > 0;
    if (is === isReady || url === undefined) return;
    isReady = is;
    wasReady ||= is;
    told(is ? { state: "ready", url } : { state: "starting" });
  };
  const handlers: { [T in OutputEvent["type"]]: (event: Extract<OutputEvent, { type: T }>) => void } = {
    url(event) {
      if (hostname === undefined) url ??= event.url;
    },
    metrics: ({ address }) => {
      metrics ??= address;
    },
    connected: ({ index }) => void connected.add(index),
    disconnected: ({ index }) => void connected.delete(index),
    routes({ routes }) {
      const route = hostname === undefined ? undefined : routes.find((one) => one.hostname === hostname);
      const elsewhere = route && !leadsTo(route, port) ? route.service : undefined;
      if (hostname === undefined || (route && elsewhere === undefined)) return;
      fail(new BatonError("tunnel_elsewhere", { hostname, port, service: elsewhere ?? "nothing" }), true);
    },
    "rate-limited": () => {
      failure ??= new BatonError("tunnel_rate_limited");
    },
    refused: (event) => fail(new BatonError("tunnel_refused", { reason: event.reason }), true),
    error: (event) => {
      reason = event.reason;
    },
  };

  const tunnel = startTunnelProcess({
    binary: options.binary,
    args: tunnelArguments(target, options.configFile),
    env: options.env,
    line(text, event) {
      options.line(text);
      if (!event || stopping.signal.aborted) return;
      handlers[event.type](event as never);
      look();
    },
  });

  /** Asks it how it is: its log is for people, and its form has changed before. */
  const watch = async () => {
    const end = AbortSignal.any([stopping.signal, signal]);
    let unhealthySinceMs = performance.now();
    for (;;) {
      await delay(isReady ? limits.healthMs : Math.min(limits.healthMs, 1_000), undefined, { signal: end });
      const is = metrics === undefined ? undefined : await isConnected(metrics);
      if (end.aborted) return;
      if (is && metrics !== undefined && url === undefined) url = await quickTunnelUrl(metrics);
      if (is === true && connected.size === 0) connected.add(asked);
      if (is === false) connected.clear();
      look();
      const nowMs = performance.now();
      if (is === true && isReady) unhealthySinceMs = nowMs;
      const allowedMs = wasReady ? limits.unhealthyMs : limits.readyMs;
      if (nowMs - unhealthySinceMs < allowedMs) continue;
      fail(
        wasReady
          ? new BatonError("tunnel_failed", { port, reason: "it has had no connection to Cloudflare for too long" })
          : new BatonError("tunnel_not_ready", { port, seconds: Math.round(limits.readyMs / 1_000) }),
      );
    }
  };
  watch().catch(() => undefined);

  const onAbort = () => stopping.abort();
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  const stopped = new Promise<void>((resolve) => {
    if (stopping.signal.aborted) resolve();
    else stopping.signal.addEventListener("abort", () => resolve());
  });
  const how = await Promise.race([tunnel.ended, stopped]);
  stopping.abort();
  signal.removeEventListener("abort", onAbort);
  await tunnel.stop();
  if (signal.aborted && !failure) return { isFinal, wasReady };
  const said = reason === undefined ? `it ended (${how})` : reason;
  return { error: failure ?? new BatonError("tunnel_failed", { port, reason: said }), isFinal, wasReady };
}

/** Stands for the connection that nothing was read of. */
const asked = -1;

/** A tunnel of the user's own leads where they have set it up to lead. */
function leadsTo({ service }: Route, port: number): boolean {
  if (!URL.canParse(service)) return false;
  const url = new URL(service);
  return /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname) && Number(url.port) === port;
}
