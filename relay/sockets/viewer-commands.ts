import { BatonError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import type { ViewerCommand } from "#protocol/viewer-link";
import { maxOpeningWatches, maxWatchCreditBytes, maxWatchesPerViewer, snapshotRequestMs } from "#relay/caps";
import { Watch } from "#relay/domain/watch";
import { startOfWatch } from "#relay/domain/watch-start";
import type { ViewerLink } from "#relay/sockets/viewer-link";
import { opcodes, webSocketFrame } from "#relay/sockets/websocket-frame";

/** A run that is watched, or waits to be opened for it, or is being opened. */
export interface WatchEntry {
  readonly command: Command<"run.watch">;
  isWaiting: boolean;
  watch: Watch | undefined;
  /** Granted before the watch was there. */
  creditBytes: number;
  isClosed: boolean;
}

type Command<T extends ViewerCommand["type"]> = Extract<ViewerCommand, { type: T }>;

/** Does what a viewer asks for; the role was checked. @throws BatonError what the viewer is told */
export function receiveFromViewer(link: ViewerLink, command: ViewerCommand): void {
  (handlers[command.type] as (link: ViewerLink, command: ViewerCommand) => void)(link, command);
}

const handlers: { readonly [T in ViewerCommand["type"]]: (link: ViewerLink, command: Command<T>) => void } = {
  hello: () => {
    throw new BatonError("message_malformed", { reason: "hello comes once" });
  },
  ping: (link, { id }) => link.send({ type: "reply", re: id }),
  "run.watch": (link, command) => {
    link.watches ??= new Map();
    closeWatch(link, command.runId);
    if (link.watches.size >= maxWatchesPerViewer) {
      throw new BatonError("too_many", { what: "watched runs", max: maxWatchesPerViewer });
    }
    const { runId, creditBytes } = command;
    link.watches.set(runId, { command, isWaiting: true, watch: undefined, creditBytes, isClosed: false });
    openWaiting(link);
  },
  "run.unwatch": (link, { runId }) => closeWatch(link, runId),
  "run.credit": (link, { runId, bytes }) => {
    const entry = link.watches?.get(runId);
    if (entry?.watch) entry.watch.grant(bytes);
    else if (entry) entry.creditBytes = Math.min(maxWatchCreditBytes, entry.creditBytes + bytes);
  },
  "lease.take": (link, { id, runId }) => {
    const { member } = link;
    if (!member) return;
    link.deps.domain.leases.take(runId, member, link.deviceId, link.connection).then(
      (result) => {
        link.send({ type: "reply", re: id, result });
        link.deps.audit(link, "lease.take", runId);
        // It left while the keeper was asked.
        if (!link.isOpen) link.deps.domain.leases.releaseAll(link.connection);
      },
      (error: unknown) => link.sendError(error, { id, runId }),
    );
  },
  "lease.release": (link, { runId, leaseEpoch }) => link.deps.domain.leases.release(runId, link.connection, leaseEpoch),
  "run.resize": (link, { runId, leaseEpoch, size }) => {
    const run = link.deps.domain.leases.need(runId, link.connection, leaseEpoch);
    link.deps.runners.send(run.run.runnerId, { type: "run.resize", runId, leaseEpoch, size });
  },
};

function closeWatch(link: ViewerLink, runId: string): void {
  const entry = link.watches?.get(runId);
  if (!entry) return;
  entry.isClosed = true;
  link.watches?.delete(runId);
  if (!entry.watch) return;
  entry.watch.close();
  link.deps.hub.watchersChanged(entry.watch.run);
  link.deps.domain.runs.letGo(entry.watch.run);
}

/** Opening reads a log, so one viewer has only so many opened at a time; one that was closed meanwhile is not. */
function openWaiting(link: ViewerLink): void {
  for (const [runId, entry] of link.watches ?? []) {
    if (link.openingWatches >= maxOpeningWatches) return;
    if (!entry.isWaiting) continue;
    entry.isWaiting = false;
    link.openingWatches += 1;
    openWatch(link, entry)
      .catch((error: unknown) => {
        if (link.watches?.get(runId) === entry) link.watches.delete(runId);
        link.sendError(error, { runId });
      })
      .finally(() => {
        link.openingWatches -= 1;
        openWaiting(link);
      });
  }
}

async function openWatch(link: ViewerLink, entry: WatchEntry): Promise<void> {
  const { domain, hub, runners } = link.deps;
  const { logs } = domain.context.store;
  const { runId, afterSeq } = entry.command;
  const run = await domain.runs.openLog(runId);
  const { runnerId } = run.run;
  const start = await startOfWatch(run, logs, afterSeq, () =>
    runners.requestSnapshot(runId, () =>
      runners.request(runnerId, { type: "snapshot.request", id: newId("command"), runId }, snapshotRequestMs),
    ),
  );
  if (entry.isClosed || !link.isOpen) return domain.runs.letGo(run);

  const watch = new Watch(run, logs, link, start.fromSeq, entry.creditBytes);
  entry.watch = watch;
  run.watches.add(watch);
  const { leaseEpoch, holder, connection } = run.lease;
  link.send({
    type: "run.watching",
    runId,
    fromSeq: start.fromSeq,
    headSeq: run.receivedSeq,
    snapshot: start.snapshot !== undefined,
    lease: { leaseEpoch, ...(holder && { holder }), yours: connection === link.connection },
    watchers: hub.watchersOf(run),
  });
  if (start.snapshot) link.writeShared(webSocketFrame(opcodes.binary, start.snapshot));
  watch.pump();
  hub.watchersChanged(run);
}
