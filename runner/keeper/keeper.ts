import { rmSync } from "node:fs";
import type { RunHeader, SharedWith } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { PromptId, RunId, RunnerId } from "#protocol/ids";
import type { FromKeeper, SpawnCommand } from "#protocol/keeper-link";
import type { Delivery } from "#runner/keeper/acknowledged";
import type { KeeperLimits } from "#runner/keeper/caps";
import type { Claims } from "#runner/keeper/claims";
import { isSystemError } from "#runner/keeper/files";
import type { Guard } from "#runner/keeper/guard";
import type { HeldRun } from "#runner/keeper/held-run";
import { createKeysFirst } from "#runner/keeper/keys-first";
import { type LiveRun, startRun } from "#runner/keeper/live-run";
import type { OwnLog } from "#runner/keeper/own-log";
import { type KeeperPaths, runFolder } from "#runner/keeper/paths";
import type { Screens } from "#runner/keeper/screens";
import { type PreparedCommand, prepareCommand } from "#runner/keeper/spawn";

/** Everything that a keeper holds, whoever is connected to it. */
export interface Keeper {
  readonly storeId: string;
  readonly version: string;
  /** All runs, by the order of their birth. */
  runs(): HeldRun[];
  run(runId: RunId): HeldRun | undefined;
  /** @throws BatonError `not_found` */
  requireRun(runId: RunId): HeldRun;
  /** @throws BatonError `not_found`, or `run_ended` for one of a dead keeper */
  requireLiveRun(runId: RunId): LiveRun;
  readonly runningRuns: number;
  /**
   * Starts a run, once: a run id or a claim that was seen before names what it was started as.
   * @throws BatonError `keeper_busy`, `spawn_failed`, `claim_given_up`; `connection_lost` where this keeper is leaving
   */
  start(header: RunHeader, command: SpawnCommand): { readonly run: HeldRun | undefined; readonly known: boolean };
  /** Undefined is final: the claim is given up, and never starts any more. */
  seen(promptId: PromptId, attempt: number): RunId | undefined;
  /** A relay takes output as long as the last client that said so is there and says nothing else. */
  setDelivery(runnerId: RunnerId, delivery: Delivery | undefined, client: object): void;
  clientGone(client: object): void;
  /** Makes a local run a team run of a relay, and tells everybody. @throws BatonError `not_found` */
  share(runId: RunId, sharedWith: SharedWith | undefined): void;
  /** Takes a run of a dead keeper in. */
  adopt(run: HeldRun): void;
  /** Forgets a run's log; that it was started stays known. */
  remove(run: HeldRun): void;
  /** Leaves where no run is at work; from then on none starts. @returns how many are at work */
  leaveIfIdle(): number;
  /** Ends all runs in order, each with at most `limitMs` for a signal. None starts any more. */
  endAll(limitMs: number): Promise<void>;
}

interface KeeperDeps {
  readonly paths: KeeperPaths;
  readonly storeId: string;
  readonly version: string;
  readonly limits: KeeperLimits;
  readonly log: OwnLog;
  readonly screens: Screens;
  readonly guard: Guard;
  readonly claims: Claims;
  readonly now: () => number;
  readonly broadcast: (message: FromKeeper) => void;
  /** The logs may together be over their cap. */
  readonly grown: () => void;
  /** Nobody needs this keeper any more, and it starts nothing. */
  readonly leave: () => void;
  /** The number of running runs, or of logs, has changed. */
  readonly moved: () => void;
}

export function createKeeper(deps: KeeperDeps): Keeper {
  const held = new Map<RunId, HeldRun>();
  const live = new Map<RunId, LiveRun>();
  const keysFirst = createKeysFirst(() => live.values());
  /** The clients through which runners have their relay. */
  const delivering = new Map<RunnerId, { readonly client: object; readonly delivery: Delivery }>();
  let isLeaving = false;

  const requireRun = (runId: RunId): HeldRun => {
    const run = held.get(runId);
    if (!run) throw new BatonError("not_found", { what: "run" });
    return run;
  };

  const begin = (header: RunHeader, command: SpawnCommand, prepared: PreparedCommand): LiveRun => {
    const run = startRun(
      {
        limits: deps.limits,
        screens: deps.screens,
        log: deps.log,
        now: deps.now,
        began: (one) => {
          held.set(one.id, one);
          live.set(one.id, one);
        },
        started: (one, pid) => deps.guard.watch(one.id, pid),
        changed: (one) => deps.broadcast({ type: "run.changed", run: one.describe() }),
        tunnelled(from, port, url) {
          for (const one of live.values()) if (one.runnerId === from.runnerId) one.reached(port, url);
        },
        typed: keysFirst,
        grown: deps.grown,
        leaseChanged: (one) => {
          const { lease } = one.describe();
          deps.broadcast({ type: "lease.changed", runId: one.id, ...lease });
        },
        ended: (one) => {
          live.delete(one.id);
          deps.guard.forget(one.id);
          deps.moved();
        },
      },
      runFolder(deps.paths, header.id),
      header,
      command,
      prepared,
    );
    run.setDelivery(delivering.get(header.runnerId)?.delivery);
    deps.moved();
    return run;
  };

  const setDelivery = (runnerId: RunnerId, delivery: Delivery | undefined, client: object): void => {
    const speaker = delivering.get(runnerId);
    // A runner that was replaced has no say any more, while it goes.
    if (!delivery && speaker !== undefined && speaker.client !== client) return;
    if (delivery) delivering.set(runnerId, { client, delivery });
    else delivering.delete(runnerId);
    for (const run of live.values()) if (run.runnerId === runnerId) run.setDelivery(delivery);
  };

  return {
    storeId: deps.storeId,
    version: deps.version,
    runs: () => [...held.values()].sort((a, b) => a.createdAt - b.createdAt),
    run: (runId) => held.get(runId),
    requireRun,
    requireLiveRun(runId) {
      const run = live.get(runId);
      if (run) return run;
      requireRun(runId);
      throw new BatonError("run_ended");
    },
    get runningRuns() {
      return live.size;
    },
    start(header, command) {
      if (isLeaving) throw new BatonError("connection_lost");
      const { promptId, attempt } = header;
      const claim = promptId === undefined ? undefined : { promptId, attempt: attempt ?? 1 };
      const known = deps.claims.startedAs(header.id, claim);
      if (known !== undefined) return { run: held.get(known), known: true };
      if (live.size >= deps.limits.maxRunningRuns) {
        throw new BatonError("keeper_busy", { max: deps.limits.maxRunningRuns });
      }
      const prepared = prepareCommand(header.id, command, runFolder(deps.paths, header.id));
      try {
        const before = deps.claims.take(header.id, claim);
        if (before !== undefined) return { run: held.get(before), known: true };
        return { run: begin({ ...header, storeId: deps.storeId }, command, prepared), known: false };
      } catch (error) {
        // The disk took the intent no more than in part, so nothing was started and it may be tried again.
        if (!isSystemError(error)) throw error;
        deps.claims.giveBack(header.id, claim);
        rmSync(runFolder(deps.paths, header.id), { recursive: true, force: true });
        throw new BatonError("spawn_failed", { command: prepared.name, reason: error.message });
      }
    },
    seen: (promptId, attempt) => deps.claims.runOfOrGiveUp(promptId, attempt),
    setDelivery,
    clientGone(client) {
      for (const [runnerId, speaker] of delivering)
        if (speaker.client === client) setDelivery(runnerId, undefined, client);
      for (const run of live.values()) run.clientGone(client);
    },
    share(runId, sharedWith) {
      const run = requireRun(runId);
      run.share(sharedWith);
      // Here for all of them: one of a keeper that is dead could tell nobody.
      deps.broadcast({ type: "run.changed", run: run.describe() });
    },
    adopt(run) {
      held.set(run.id, run);
    },
    remove(run) {
      held.delete(run.id);
      rmSync(run.folder, { recursive: true, force: true });
    },
    leaveIfIdle() {
      if (live.size === 0 && !isLeaving) {
        isLeaving = true;
        deps.leave();
      }
      return live.size;
    },
    async endAll(limitMs) {
      isLeaving = true;
      const all = [...live.values()];
      for (const run of all) run.end("cancelled", { kind: "system" }, limitMs);
      await Promise.all(all.map((run) => run.ended));
    },
  };
}
