import { devServerAgent, type RunnerPolicy } from "#protocol/documents";
import type { WireError } from "#protocol/errors";
import type { KeeperRun } from "#protocol/keeper-link";
import { createBuildServers } from "#runner/core/build-servers";
import { endRun } from "#runner/core/end-run";
import type { RunnerHost } from "#runner/core/host";
import { createIntake } from "#runner/core/intake";
import { createKeepers } from "#runner/core/keepers";
import { createLifecycle } from "#runner/core/lifecycle";
import { runLink } from "#runner/core/link";
import type { LinkSession, LinkTarget, RelayMessage } from "#runner/core/link-session";
import { createOutbox } from "#runner/core/outbox";
import { createRunnerPreviews, type RunnerPreviews } from "#runner/core/previews";
import { createPublicPreviews } from "#runner/core/public-previews";
import { createPublicTunnels } from "#runner/core/public-tunnels";
import { createReporter } from "#runner/core/report";
import { createRunSync } from "#runner/core/run-sync";
import { createRuns } from "#runner/core/runs";
import { createServerPreviews, isServerPort } from "#runner/core/server-previews";
import { createSharing } from "#runner/core/sharing";
import { type HandStart, startByHand } from "#runner/core/start-by-hand";
import type { LinkState, RunnerStatus } from "#runner/core/status";

export interface RunnerOptions {
  /** The relay, and the device that is paired there; absent: runs are watched, and nothing leaves the machine. */
  readonly relay?: LinkTarget;
}

export interface Runner {
  /**
   * Serves the folder until it is stopped, or until the relay says something final (then local runs go on being
   * watched until `stop()`). It owns every retry and never rejects; why the link ended stands in `status().link`.
   */
  run(): Promise<void>;
  stop(): void;
  status(): RunnerStatus;
  /** @returns a function that ends the subscription */
  onChange(listener: (status: RunnerStatus) => void): () => void;
  setPolicy(policy: RunnerPolicy): void;
  /** Starts a run that the local user wants. @throws BatonError what `startByHand` throws */
  start(wish: HandStart): Promise<KeeperRun>;
  /** Ports of this machine that the local user shows at the relay. */
  readonly previews: Pick<RunnerPreviews, "show" | "close">;
  /** Makes the report now and sends it, as after an agent was installed. */
  check(): Promise<void>;
  /** Drops a waiting retry and dials now. */
  reconnect(): void;
}

/** A runner for the host's folder. Nothing happens before `run()`. */
export function createRunner(host: RunnerHost, options: RunnerOptions = {}): Runner {
  const stopping = new AbortController();
  const { signal } = stopping;
  const listeners = new Set<(status: RunnerStatus) => void>();
  let session: LinkSession | undefined;
  let link: LinkState = options.relay ? { state: "connecting" } : { state: "none" };
  let wakeNow: () => void = () => {};
  let isChangePending = false;

  /** Many changes in one turn of the event loop are one call. */
  const changed = () => {
    if (isChangePending) return;
    isChangePending = true;
    queueMicrotask(() => {
      isChangePending = false;
      servers.reconcile();
      buildServers.reconcile();
      tunnels.reconcile();
      publicPreviews.reconcile();
      const current = status();
      for (const listener of listeners) listener(current);
    });
  };

  const sharing = createSharing(options.relay);
  const runs = createRuns(changed, (runId) => sync.leftOut(runId));
  const outbox = createOutbox(host.log, { delivered: (run) => sync.delivered(run) });
  const sync = createRunSync({
    ...{ host, runs, outbox, sharing },
    session: () => session,
    isReplaced: () => link.state === "stopped" && link.error?.code === "runner_replaced",
  });
  let keeperFailure: WireError | undefined;
  const kept = sync.keeperHandlers(changed);
  const keepers = createKeepers(
    host,
    {
      ...kept,
      opened(keeper, listed) {
        keeperFailure = undefined;
        kept.opened(keeper, listed);
      },
      failed(error) {
        keeperFailure = error;
        changed();
      },
    },
    signal,
  );
  const reporter = createReporter(host, () => session, sync.runningRuns);
  const intake = createIntake({
    ...{ host, keepers, sharing, changed },
    session: () => session,
    isOthers: (runId) => {
      const tracked = runs.get(runId);
      return tracked !== undefined && !sharing.includes(tracked.run.header);
    },
    started: sync.started,
    async endRun(runId, by) {
      const tracked = runs.get(runId);
      const header = tracked?.run.header;
      // A server takes the place of a server, and of nothing else.
      if (header?.agent === devServerAgent && sharing.includes(header)) await endRun(host, runs, runId, by);
    },
  });
  const isServers = (port: number) => isServerPort({ runs, sharing }, port);
  const tunnels = createPublicTunnels({ host, keepers, runs, started: sync.started, changed });
  const publicPreviews = createPublicPreviews(
    host,
    tunnels,
    (port) => host.ports?.isAllowed(port) === true || isServers(port),
  );
  const previews = createRunnerPreviews({
    ...{ host, relayUrl: options.relay?.url, publicPreviews, changed, isServers },
  });
  const servers = createServerPreviews({ host, runs, sharing, previews });
  const start = async (wish: HandStart): Promise<KeeperRun> => {
    if (wish.server?.replaces !== undefined) await endRun(host, runs, wish.server.replaces, { kind: "local" });
    const { run, keeper } = await startByHand(host, keepers, sharing, wish);
    sync.started(run, keeper);
    return run;
  };
  const buildServers = createBuildServers({ host, runs, sharing, start });
  const lifecycle = createLifecycle({
    previews,
    host,
    runs,
    outbox,
    sharing,
    acked: sync.acked,
    session: () => session,
    check: reporter.check,
  });

  const status = (): RunnerStatus => ({
    link,
    policy: host.rules.current().policy,
    ...(keepers.newest() ? { keeper: "connected" } : { keeper: "connecting", ...(keeperFailure && { keeperFailure }) }),
    runs: runs.views(),
    asking: intake.asking(),
    previews: previews.all(),
  });

  const handlers: { [T in RelayMessage["type"]]?: (message: Extract<RelayMessage, { type: T }>) => void } = {
    ...lifecycle.handlers,
    "prompt.offer": intake.offer,
    "prompt.withdraw": intake.withdraw,
  };

  const serveLink = (relay: NonNullable<RunnerOptions["relay"]>): Promise<void> =>
    runLink(
      host,
      relay,
      {
        async hello(wanted) {
          await keepers.ready(wanted);
          return { report: await reporter.make(), runs: sync.helloRuns() };
        },
        online(opened) {
          session = opened;
          sync.online(opened);
          previews.online(opened);
          intake.online(opened.welcome.claims);
        },
        message(message) {
          (handlers[message.type] as ((message: RelayMessage) => void) | undefined)?.(message);
        },
        frame: lifecycle.frame,
        drained: outbox.pump,
        offline() {
          session = undefined;
          sync.offline();
          previews.offline();
        },
        state(state) {
          link = state;
          changed();
        },
      },
      signal,
      () => new Promise((resolve) => (wakeNow = resolve)),
    );

  return {
    async run() {
      const stopWatchingRules = host.rules.onChange(() => {
        intake.rulesChanged();
        reporter.checkSoon();
        changed();
      });
      const stopReporting = reporter.start();
      const stopInspecting = host.onInspected?.(reporter.checkSoon);
      await Promise.all([keepers.run(), options.relay ? serveLink(options.relay) : undefined]);
      sync.stop();
      publicPreviews.stop();
      stopReporting();
      stopInspecting?.();
      stopWatchingRules();
    },
    stop() {
      intake.stop();
      stopping.abort();
    },
    status,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setPolicy: (policy) => host.rules.setPolicy(policy),
    start,
    previews,
    check: reporter.check,
    reconnect: () => wakeNow(),
  };
}
