import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { TunnelState } from "#protocol/documents";
import { createBackoff } from "#runner/core/backoff";
import {
  firstTunnelRetryMs,
  maxTunnelRetryMs,
  rateLimitedMs,
  tunnelHealthMs,
  tunnelReadyMs,
  tunnelUnhealthyMs,
} from "#runner/node/caps";
import type { TunnelTarget } from "#runner/node/cloudflare/command-line";
import { connectOnce, type TunnelLimits } from "#runner/node/cloudflare/connect-once";

export interface KeepLimits extends TunnelLimits {
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  readonly rateLimitedMs: number;
}

const usualLimits: KeepLimits = {
  readyMs: tunnelReadyMs,
  healthMs: tunnelHealthMs,
  unhealthyMs: tunnelUnhealthyMs,
  firstRetryMs: firstTunnelRetryMs,
  maxRetryMs: maxTunnelRetryMs,
  rateLimitedMs,
};

export interface KeepOptions {
  readonly binary: string;
  readonly target: TunnelTarget;
  /** A file of ours; made here. */
  readonly configFile: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ends the tunnel. */
  readonly signal: AbortSignal;
  told(state: TunnelState): void;
  /** What cloudflared says, for a person who wants to know why. */
  line(text: string): void;
  readonly limits?: Partial<KeepLimits>;
  readonly random?: () => number;
}

/**
 * Keeps a port at a public address until the signal aborts: starts cloudflared, again with backoff where it has ended
 * or is without a connection for too long, and tells each new address.
 * @returns false where it gave up, because a person has to change something first
 */
export async function keepTunnel(options: KeepOptions): Promise<boolean> {
  const { signal, told } = options;
  const limits = { ...usualLimits, ...options.limits };
  const backoff = createBackoff(options.random ?? Math.random, limits.firstRetryMs, limits.maxRetryMs);
  writeFileSync(options.configFile, config, { mode: 0o600 });
  while (!signal.aborted) {
    told({ state: "starting" });
    const { error, isFinal, wasReady } = await connectOnce({ ...options, limits });
    if (signal.aborted || !error) break;
    told({ state: "failed", error: error.toJSON(), final: isFinal });
    if (isFinal) return false;
    if (wasReady) backoff.reset();
    const leastMs = error.code === "tunnel_rate_limited" ? limits.rateLimitedMs : 0;
    await delay(leastMs + backoff.nextMs(), undefined, { signal }).catch(() => undefined);
  }
  return true;
}

/** With a configuration of the user's own there are no quick tunnels; an empty one is reported as an error. */
const config = "no-autoupdate: true\n";
