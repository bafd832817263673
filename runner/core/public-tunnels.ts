import { type RunHeader, type TunnelState, tunnelAgent } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { createBackoff } from "#runner/core/backoff";
import { firstTunnelStartMs, maxTunnelStartMs, tunnelWantedEveryMs } from "#runner/core/caps";
import { endRun } from "#runner/core/end-run";
import type { RunnerHost } from "#runner/core/host";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { Keepers } from "#runner/core/keepers";
import { isEnded, type Runs } from "#runner/core/runs";
import { askKeeperToStart } from "#runner/core/start-by-hand";

type Port = number;

interface PublicTunnelsDeps {
  readonly host: RunnerHost;
  readonly keepers: Pick<Keepers, "ready">;
  readonly runs: Runs;
  started(run: KeeperRun, keeper: KeeperConnection): void;
  /** The state of a tunnel may be another one. */
  changed(): void;
}

/**
 * Ports of this machine at public addresses. Each tunnel is a run of its own, held by the keeper: so it outlives a reload
 * of the window with its address, has a log that says why it fails, and ends with everything below it. Every port can
 * have one, whoever serves there.
 */
export interface PublicTunnels {
  /** Those that are wanted from now on; others end. */
  want(ports: ReadonlySet<Port>): void;
  stateOf(port: Port): TunnelState;
  /** Looks at the runs again. To be called when they have changed. */
  reconcile(): void;
  /** The tunnels stay for as long as their runs hear that they are wanted: the next runner of the folder takes them. */
  stop(): void;
}

interface Wanted {
  /** A start is under way. */
  isStarting: boolean;
  runId?: RunId;
  /** Why there is no run, or will not be another one. */
  failed?: Extract<TunnelState, { state: "failed" }>;
  cancelRetry?: () => void;
  readonly backoff: ReturnType<typeof createBackoff>;
}

export function createPublicTunnels({ host, keepers, runs, started, changed }: PublicTunnelsDeps): PublicTunnels {
  const wanted = new Map<Port, Wanted>();
  /** Before somebody has said what is wanted, what there is may be. */
  let isTold = false;
  /** They are being ended because nobody wants them. */
  const ending = new Set<RunId>();
  let cancelTouch: (() => void) | undefined;

  const liveRuns = () =>
    [...runs.all()].filter(
      ({ run }) => run.header.agent === tunnelAgent && !isEnded(run) && !ending.has(run.header.id),
    );
  const runOf = (port: Port) => liveRuns().find(({ run }) => run.header.tunnelPort === port);

  /** Says to each run that it is wanted still. Where that cannot be said the tunnel ends, and nothing else does. */
  const touch = () => {
    cancelTouch = host.clock.after(tunnelWantedEveryMs, touch);
    for (const { run } of liveRuns()) {
      const { id, tunnelPort } = run.header;
      if (tunnelPort === undefined || !wanted.has(tunnelPort)) continue;
      try {
        host.tunnels?.touch(id);
      } catch (error) {
        host.log.warn({ run: id, error: String(error) }, "a tunnel cannot be told that it is wanted");
      }
    }
  };

  const fail = (port: Port, one: Wanted, error: unknown, isFinal: boolean) => {
    const known =
      error instanceof BatonError ? error : new BatonError("tunnel_failed", { port, reason: String(error) });
    one.failed = { state: "failed", error: known.toJSON(), final: isFinal };
    changed();
    if (isFinal) return;
    one.cancelRetry = host.clock.after(one.backoff.nextMs(), () => {
      delete one.cancelRetry;
      reconcile();
    });
  };

  const start = async (port: Port, one: Wanted) => {
    one.isStarting = true;
    try {
      const runId = newId("run");
      const { command, shown } = (await host.tunnels?.command(port, runId)) ?? never();
      const header: RunHeader = {
        ...{ v: 1, id: runId, runnerId: host.runnerId, threadId: newId("thread") },
        ...{ agent: tunnelAgent, mode: "interactive", access: "full", visibility: "local" },
        createdAt: host.clock.now(),
        storeId: "",
        tunnelPort: port,
        body: { title: `Cloudflare tunnel to port ${port}`, cwd: command.cwd, command: shown },
      };
      if (wanted.get(port) !== one) return;
      host.tunnels?.touch(runId);
      const { run, keeper } = await askKeeperToStart(host, keepers, header, command);
      one.runId = runId;
      delete one.failed;
      started(run, keeper);
    } catch (error) {
      fail(port, one, error, error instanceof BatonError && finalCodes.has(error.code));
    } finally {
      one.isStarting = false;
      reconcile();
    }
  };

  /** What the end of a tunnel's run means. */
  const ended = (port: Port, one: Wanted, { exit, tunnel }: KeeperRun) => {
    delete one.runId;
    if (tunnel?.state === "failed" && tunnel.final) {
      one.failed = { state: "failed", error: tunnel.error, final: true };
      return changed();
    }
    // Somebody here has ended it, and is not asked twice.
    if (exit?.end === "cancelled") return fail(port, one, new BatonError("tunnel_ended", { port }), true);
    fail(port, one, new BatonError("tunnel_failed", { port, reason: "its process ended" }), false);
  };

  const reconcile = () => {
    if (!isTold) return;
    for (const { run } of liveRuns()) {
      const { id, tunnelPort } = run.header;
      if (tunnelPort !== undefined && wanted.has(tunnelPort)) continue;
      ending.add(id);
      endRun(host, runs, id, { kind: "system" })
        .catch((error: unknown) =>
          host.log.warn({ run: id, error: String(error) }, "a tunnel that nobody wants has not ended yet"),
        )
        .finally(() => ending.delete(id));
    }
    for (const [port, one] of wanted) {
      const tracked = runOf(port);
      if (tracked) {
        one.runId = tracked.run.header.id;
        delete one.failed;
        continue;
      }
      const last = one.runId === undefined ? undefined : runs.get(one.runId);
      if (last && isEnded(last.run)) ended(port, one, last.run);
      if (one.isStarting || one.cancelRetry || one.failed?.final || one.runId !== undefined) continue;
      void start(port, one);
    }
  };

  return {
    want(ports) {
      isTold = true;
      for (const [port, one] of wanted) {
        if (ports.has(port)) continue;
        one.cancelRetry?.();
        wanted.delete(port);
      }
      for (const port of ports) {
        if (wanted.has(port)) continue;
        const backoff = createBackoff(host.random, firstTunnelStartMs, maxTunnelStartMs);
        wanted.set(port, { isStarting: false, backoff });
      }
      if (!cancelTouch && ports.size > 0) touch();
      reconcile();
    },
    stateOf(port) {
      const state = runOf(port)?.run.tunnel;
      return state ?? wanted.get(port)?.failed ?? { state: "starting" };
    },
    reconcile,
    stop() {
      cancelTouch?.();
      for (const one of wanted.values()) one.cancelRetry?.();
      wanted.clear();
      isTold = false;
    },
  };
}

/** A person has to do something first. */
const finalCodes: ReadonlySet<string> = new Set([
  "cloudflared_missing",
  "cloudflared_unusable",
  "preview_not_public",
  "workspace_untrusted",
]);

const never = (): never => {
  throw new BatonError("preview_off");
};
