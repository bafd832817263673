import type { MemberId, RunId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";
import { changedCoalesceMs, maxAllQueuesBytes, maxViewerQueueBytes, watchersCoalesceMs } from "#relay/caps";
import { actorOf } from "#relay/domain/actor";
import type { ChangeSet } from "#relay/domain/changes";
import type { Domain } from "#relay/domain/domain";
import type { LiveRun } from "#relay/domain/live-run";
import { pageMessage, WaitingDocuments } from "#relay/sockets/document-pages";
import type { RunnerHub } from "#relay/sockets/runner-hub";
import type { ViewerLink } from "#relay/sockets/viewer-link";
import { jsonFrame, textFrame } from "#relay/sockets/websocket-frame";

/** Everybody who watches: tells them what has changed, and who else is there. */
export interface ViewerHub {
  add(link: ViewerLink): void;
  remove(link: ViewerLink): void;
  /** Somebody began or ceased to watch this run. */
  watchersChanged(run: LiveRun): void;
  watchersOf(run: LiveRun): Actor[];
  /** Prepared once, written to all. */
  broadcast(message: unknown): void;
  /** Looks for viewers that fell behind, and for queues that are too long. To be called every `sweepMs`. */
  sweep(): void;
  readonly size: number;
}

const maxWatchersShown = 200;

export function createViewerHub(deps: { domain: Domain; runners: RunnerHub }): ViewerHub {
  const { domain } = deps;
  const links = new Set<ViewerLink>();
  const changedWatchers = new Map<RunId, LiveRun>();
  const shownWatchers = new Map<RunId, string>();
  let changed = new WaitingDocuments();

  const broadcast = (message: unknown) => {
    if (links.size === 0) return;
    const frame = textFrame(message);
    for (const link of links) link.writeShared(frame);
  };

  const tellChanges = () => {
    if (links.size === 0) changed = new WaitingDocuments();
    if (changed.size === 0) return;
    const page = changed.takePage();
    const frame = jsonFrame(pageMessage({ type: "changed" }, page));
    for (const link of links) link.state.changed(page, frame);
    // One page a turn: what people type does not wait for all of them.
    if (changed.size > 0) setImmediate(tellChanges);
  };
  domain.feed.subscribe((changes: ChangeSet) => {
    for (const member of changes.members ?? []) refreshMember(member.id);
    if (links.size === 0) return;
    if (changed.size === 0) setTimeout(tellChanges, changedCoalesceMs);
    changed.addNews(changes);
  });

  const refreshMember = (id: MemberId) => {
    for (const link of links) if (link.memberId === id) link.memberChanged();
  };
  domain.sessions.onEnd((deviceId, error) => {
    for (const link of links) if (link.deviceId === deviceId) link.signOut(error);
  });
  domain.leases.onChange((run) => {
    for (const link of links) link.leaseChanged(run);
  });

  const watchersOf = (run: LiveRun): Actor[] => {
    const actors = new Map<string, Actor>();
    for (const link of links) {
      const member = link.watches?.has(run.id) ? link.member : undefined;
      if (member) actors.set(`${member.id} ${link.deviceId}`, actorOf(member, link.deviceId));
      if (actors.size >= maxWatchersShown) break;
    }
    return [...actors.values()];
  };
  const tellWatchers = () => {
    for (const run of changedWatchers.values()) {
      const watchers = watchersOf(run);
      const text = JSON.stringify(watchers);
      if (shownWatchers.get(run.id) === text) continue;
      if (watchers.length > 0) shownWatchers.set(run.id, text);
      else shownWatchers.delete(run.id);
      const message = { type: "run.watchers", runId: run.id, watchers } as const;
      const frame = textFrame(message);
      for (const link of links) if (link.watches?.has(run.id)) link.writeShared(frame);
      if (!run.ended) deps.runners.send(run.run.runnerId, message);
    }
    changedWatchers.clear();
  };

  return {
    add: (link) => links.add(link),
    remove: (link) => links.delete(link),
    watchersOf,
    watchersChanged(run) {
      if (changedWatchers.size === 0) setTimeout(tellWatchers, watchersCoalesceMs);
      changedWatchers.set(run.id, run);
    },
    broadcast,
    sweep() {
      let total = 0;
      let longest: ViewerLink | undefined;
      for (const link of links) {
        link.sweep();
        const queued = link.queuedBytes;
        total += queued;
        if (queued > maxViewerQueueBytes) link.ws.terminate();
        else if (queued > (longest?.queuedBytes ?? 0)) longest = link;
      }
      if (total > maxAllQueuesBytes) longest?.ws.terminate();
    },
    get size() {
      return links.size;
    },
  };
}
