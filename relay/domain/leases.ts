import * as z from "zod";
import type { Member } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type ConnectionId, type DeviceId, type MemberId, newId, type RunId } from "#protocol/ids";
import { mayPrompt } from "#protocol/may-prompt";
import { runnerReplyMs } from "#relay/caps";
import { actorOf } from "#relay/domain/actor";
import type { Lease, LiveRun } from "#relay/domain/live-run";
import type { RunnerPort } from "#relay/domain/runner-port";
import type { Runners } from "#relay/domain/runners";
import type { Runs } from "#relay/domain/runs";

/**
 * Who may type into which run. The keeper grants the input lease; the relay remembers which viewer connection holds
 * which epoch, passes that one's input on, and refuses everybody else's at once.
 */
export interface Leases {
  /** @throws BatonError `not_found`, `run_ended`, `runner_prompt_refused`, `runner_away`, `input_lease_held` */
  take(
    runId: RunId,
    by: Member,
    deviceId: DeviceId | undefined,
    connection: ConnectionId,
  ): Promise<{ leaseEpoch: number }>;
  /**
   * The run, if this connection holds this epoch.
   * @throws BatonError `run_ended`, `input_lease_lost`, `runner_prompt_refused`, `runner_away`
   */
  need(runId: RunId, connection: ConnectionId, leaseEpoch: number): LiveRun;
  release(runId: RunId, connection: ConnectionId, leaseEpoch: number): void;
  /** A viewer is gone: what it held goes back. */
  releaseAll(connection: ConnectionId): void;
  /** The keeper has decided. */
  changed(run: LiveRun, lease: Lease): void;
  onChange(listener: (run: LiveRun) => void): void;
}

const Granted = z.object({ leaseEpoch: z.int().min(0) });

export function createLeases(deps: { runs: Runs; runners: Runners; port: RunnerPort }): Leases {
  const { runs, port } = deps;
  const listeners = new Set<(run: LiveRun) => void>();
  /** What each connection holds; most hold nothing and have no entry. */
  const held = new Map<string, Set<RunId>>();

  const changed = (run: LiveRun, lease: Lease) => {
    if (lease.leaseEpoch < run.lease.leaseEpoch) return;
    const before = run.lease.connection;
    if (before !== undefined && before !== lease.connection) {
      const rest = held.get(before);
      rest?.delete(run.id);
      if (rest?.size === 0) held.delete(before);
    }
    if (lease.connection !== undefined) {
      held.set(lease.connection, (held.get(lease.connection) ?? new Set()).add(run.id));
    }
    const isSame = lease.leaseEpoch === run.lease.leaseEpoch && before === lease.connection;
    run.lease = lease;
    if (!isSame || lease.holder === undefined) for (const listener of listeners) listener(run);
  };

  /** To type is to have an agent, or a shell, do something. */
  const needPermission = ({ run }: LiveRun, memberId: MemberId | undefined) => {
    const runner = deps.runners.get(run.runnerId);
    if (!runner || memberId === undefined || mayPrompt(runner, memberId)) return;
    throw new BatonError("runner_prompt_refused", { runner: runner.body.name });
  };

  const letGo = (run: LiveRun, leaseEpoch: number) => {
    port.send(run.run.runnerId, { type: "lease.release", runId: run.id, leaseEpoch });
  };

  return {
    async take(runId, by, deviceId, connection) {
      const run = runs.live(runId);
      if (!run) throw new BatonError((await runs.get(runId)) ? "run_ended" : "not_found", { what: "run" });
      if (run.ended) throw new BatonError("run_ended");
      needPermission(run, by.id);
      const holder = actorOf(by, deviceId);
      const message = { type: "lease.take", id: newId("command"), runId, by: holder, connection } as const;
      const { leaseEpoch } = Granted.parse(await port.request(run.run.runnerId, message, runnerReplyMs));
      changed(run, { leaseEpoch, holder, connection });
      return { leaseEpoch };
    },
    need(runId, connection, leaseEpoch) {
      const run = runs.live(runId);
      if (!run || run.ended) throw new BatonError("run_ended");
      if (run.lease.connection !== connection || run.lease.leaseEpoch !== leaseEpoch) {
        throw new BatonError(run.lease.holder === undefined ? "input_lease_needed" : "input_lease_lost");
      }
      needPermission(run, run.lease.holder?.memberId);
      if (!port.isConnected(run.run.runnerId)) {
        throw new BatonError("runner_away", { runner: deps.runners.get(run.run.runnerId)?.body.name ?? "The runner" });
      }
      return run;
    },
    release(runId, connection, leaseEpoch) {
      const run = runs.live(runId);
      if (run && run.lease.connection === connection && run.lease.leaseEpoch === leaseEpoch) letGo(run, leaseEpoch);
    },
    releaseAll(connection) {
      for (const runId of held.get(connection) ?? []) {
        const run = runs.live(runId);
        if (run?.lease.connection === connection) letGo(run, run.lease.leaseEpoch);
      }
      held.delete(connection);
    },
    changed,
    onChange: (listener) => listeners.add(listener),
  };
}
