import { BatonError, type WireError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";
import { nameFrom } from "#protocol/shown-text";
import { frameRunId, frameType } from "#runner/core/frames";
import type { RunnerHost } from "#runner/core/host";
import type { LinkSession, RelayMessage } from "#runner/core/link-session";
import type { Outbox } from "#runner/core/outbox";
import type { RunnerPreviews } from "#runner/core/previews";
import type { Runs, TrackedRun } from "#runner/core/runs";
import type { Sharing } from "#runner/core/sharing";

export interface LifecycleDeps {
  readonly host: RunnerHost;
  readonly runs: Runs;
  readonly outbox: Outbox;
  readonly sharing: Sharing;
  acked(runId: RunId, seq: number): void;
  session(): LinkSession | undefined;
  check(): Promise<void>;
  readonly previews: RunnerPreviews;
}

type Handlers = { [T in RelayMessage["type"]]?: (message: Extract<RelayMessage, { type: T }>) => void };

/** What the relay asks of runs, passed on to their keepers. Prompts are the intake's. */
export function createLifecycle(deps: LifecycleDeps): {
  readonly handlers: Handlers;
  /** A frame from the relay: `input` for a run. */
  frame(bytes: Uint8Array): void;
} {
  const { host, runs, outbox, sharing } = deps;

  /** Answers a command once; a refusal travels as its code. */
  const answer = (re: string, work: Promise<unknown>) => {
    const session = deps.session();
    work.then(
      (result) => session?.send({ type: "reply", re, ...(result !== undefined && { result }) }),
      (error: unknown) => session?.send({ type: "reply", re, error: wireErrorOf(error) }),
    );
  };

  /** A run that the relay may know of; it has no say in a local one or another relay's, whatever id it names. */
  const shared = (runId: RunId): TrackedRun | undefined => {
    const tracked = runs.get(runId);
    return tracked && sharing.includes(tracked.run.header) ? tracked : undefined;
  };
  const find = async (runId: RunId): Promise<TrackedRun> => {
    const tracked = shared(runId);
    if (!tracked) throw new BatonError("run_never_seen");
    return tracked;
  };

  /** The local user outranks: a paused runner or an untrusted folder takes no keystroke from afar. */
  const refusal = (): BatonError | undefined => {
    if (!host.trusted()) return new BatonError("workspace_untrusted", { folder: host.folder });
    if (host.rules.current().policy === "paused") return new BatonError("runner_paused");
    return undefined;
  };

  const handlers: Handlers = {
    "run.ack": ({ acks }) => {
      for (const { runId, seq } of acks) deps.acked(runId, seq);
    },
    "run.resend": ({ runId, fromSeq }) => outbox.resend(runId, fromSeq),
    "run.cancel": ({ id, runId, by }) =>
      answer(
        id,
        find(runId).then(({ keeper }) => keeper.request("cancel", { runId, by: fromAfar(by) })),
      ),
    "run.resize": ({ runId, leaseEpoch, size }) => {
      const tracked = shared(runId);
      if (!tracked || isLocals(tracked) || refusal()) return;
      const by = tracked.run.lease.holder ?? { kind: "member" as const };
      tracked.keeper.notify({ type: "resize", runId, leaseEpoch, size, by });
    },
    "run.watchers": ({ runId, watchers }) => {
      if (shared(runId)) runs.watch(runId, watchers.map(fromAfar));
    },
    "lease.take": ({ id, runId, by, connection }) => {
      const refused = refusal();
      const work = find(runId).then(({ keeper }) => {
        if (refused) throw refused;
        return keeper.request("lease.take", { runId, by: fromAfar(by), connection });
      });
      answer(id, work);
    },
    "lease.release": ({ runId, leaseEpoch }) => {
      const tracked = shared(runId);
      if (tracked && !isLocals(tracked)) tracked.keeper.notify({ type: "lease.release", runId, leaseEpoch });
    },
    // The keeper sends the frame before its reply, and both go out in that order.
    "snapshot.request": ({ id, runId }) =>
      answer(
        id,
        find(runId).then(({ keeper }) => keeper.request("snapshot", { runId })),
      ),
    "preview.open": ({ id, port, by }) => answer(id, deps.previews.asked(port, fromAfar(by))),
    previews: ({ previews }) => deps.previews.shown(previews),
    "runner.check": ({ id }) => answer(id, deps.check()),
  };

  return {
    handlers,
    frame(bytes) {
      if (frameType(bytes) !== "input" || refusal()) return;
      const tracked = shared(frameRunId(bytes));
      if (tracked && !isLocals(tracked)) tracked.keeper.sendFrame(bytes);
    },
  };
}

/** Whoever speaks through the relay is not the local user, whatever is said of them. */
const fromAfar = (by: Actor): Actor => ({
  ...by,
  ...(by.kind === "local" && { kind: "member" as const }),
  // It is shown in terminals, where it must be nothing but a name.
  ...(by.name !== undefined && { name: nameFrom(by.name, "somebody") }),
});

/** The local user holds the keyboard: the relay knows the epoch, and knowing it is not enough. */
const isLocals = ({ run }: TrackedRun): boolean => run.lease.holder?.kind === "local";

const wireErrorOf = (error: unknown): WireError =>
  error instanceof BatonError ? error.toJSON() : { code: "internal", params: { requestId: String(error) } };
