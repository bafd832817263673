import { maxLabels, runnerAwayMs } from "#protocol/caps";
import type { Device, Prompt, Runner, RunnerBody, RunnerReport, RunnerState } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { MemberId, RunnerId } from "#protocol/ids";
import { mayPrompt } from "#protocol/may-prompt";
import type { ChangeFeed, Ledger } from "#relay/domain/changes";
import type { Clock } from "#relay/domain/clock";
import type { Change, Store } from "#relay/store/store";

/** What is known of a runner besides its document: when it was heard, and what it said last. */
interface Presence {
  state: RunnerState;
  connected: boolean;
  heardAt: number;
  report: RunnerReport | undefined;
  body: RunnerBody | undefined;
  /** How often what is shown changed without a write; added to the stored `rev`, so that it only ever grows. */
  bumps: number;
}

/** The runners, as they are right now: the stored documents with their presence laid over. */
export interface Runners {
  all(): Runner[];
  get(id: RunnerId): Runner | undefined;
  /** @throws BatonError `not_found` */
  need(id: RunnerId): Runner;
  /**
   * One that a member may have work done by.
   * @throws BatonError `not_found`, also for one that was revoked; `runner_prompt_refused`
   */
  needFor(id: RunnerId, memberId: MemberId): Runner;
  /** A stored document as it is shown. */
  overlay(runner: Runner): Runner;
  /** Changes to make a runner of a device: new, or paired again. For the caller to commit. */
  pair(runner: { id: RunnerId; device: Device; body: RunnerBody; labels?: readonly string[] }): Change[];
  change(
    id: RunnerId,
    change: Partial<Pick<Runner, "labels" | "concurrency" | "promptedBy">> & { name?: string },
  ): Promise<Runner>;
  /** @param by who revokes it; the runner is told the name */
  revoke(id: RunnerId, by: MemberId): Promise<void>;
  connected(id: RunnerId, body: RunnerBody, report: RunnerReport): void;
  heard(id: RunnerId, report?: RunnerReport): void;
  disconnected(id: RunnerId): void;
  /** Milliseconds since anything was heard of it; counted from the relay's start where it was not heard since. */
  silentMs(id: RunnerId): number;
  /** Whether it can be offered prompts now. */
  takesPrompts(id: RunnerId): boolean;
  /** Notices who is away. To be called every second. */
  tick(): void;
  /** Told when a runner's state has changed. */
  onState(listener: (runner: Runner, before: RunnerState) => void): void;
}

export function createRunners(deps: {
  store: Store;
  ledger: Ledger;
  feed: ChangeFeed;
  clock: Clock;
  onWriteError: (error: unknown) => void;
}): Runners {
  const { ledger, feed, clock } = deps;
  const { documents } = deps.store;
  const startedAt = clock();
  const presences = new Map<string, Presence>();
  const listeners = new Set<(runner: Runner, before: RunnerState) => void>();

  const presenceOf = (runner: Runner): Presence => {
    let presence = presences.get(runner.id);
    if (!presence) {
      // After a start of the relay, who was here gets the usual time to come back before it counts as away.
      const wasHere = runner.state === "online" || runner.state === "paused";
      presence = {
        state: runner.state,
        connected: false,
        heardAt: wasHere ? startedAt : runner.lastSeenAt,
        report: undefined,
        body: undefined,
        bumps: 0,
      };
      presences.set(runner.id, presence);
    }
    return presence;
  };

  const overlay = (runner: Runner): Runner => {
    const presence = presenceOf(runner);
    const isHere = presence.state === "online" || presence.state === "paused";
    return {
      ...runner,
      ...(isHere && !presence.connected && { reconnecting: true }),
      rev: runner.rev + presence.bumps,
      state: runner.state === "revoked" ? "revoked" : presence.state,
      lastSeenAt: Math.max(runner.lastSeenAt, presence.heardAt),
      ...(presence.report && { report: presence.report }),
      body: { ...runner.body, ...presence.body, name: runner.body.name },
    };
  };
  const get = (id: RunnerId) => {
    const runner = documents.get("runners", id);
    return runner && overlay(runner);
  };
  const need = (id: RunnerId) => {
    const runner = get(id);
    if (!runner) throw new BatonError("not_found", { what: "runner" });
    return runner;
  };

  const stateNow = (presence: Presence): RunnerState => {
    if (clock() - presence.heardAt > runnerAwayMs) return "away";
    return presence.report?.policy === "paused" ? "paused" : presence.connected ? "online" : presence.state;
  };

  /** Shows what changed, and writes it down where its state did. */
  const update = (id: RunnerId, isNews: boolean) => {
    const stored = documents.get("runners", id);
    if (!stored || stored.state === "revoked") return;
    const presence = presenceOf(stored);
    const before = presence.state;
    presence.state = stateNow(presence);
    if (presence.state === before && !isNews) return;
    presence.bumps += 1;
    const shown = overlay(stored);
    feed.announce({ runners: [shown] });
    if (presence.state === before) return;
    for (const listener of listeners) listener(shown, before);
    const { reconnecting: _, ...kept } = shown;
    ledger.commit([{ collection: "runners", put: { ...kept, rev: stored.rev } as Runner }]).catch(deps.onWriteError);
  };

  return {
    all: () => documents.all("runners").map(overlay),
    get,
    need,
    needFor(id, memberId) {
      const runner = need(id);
      if (runner.state === "revoked") throw new BatonError("not_found", { what: "runner" });
      if (!mayPrompt(runner, memberId)) throw new BatonError("runner_prompt_refused", { runner: runner.body.name });
      return runner;
    },
    overlay,
    pair({ id, device, body, labels }) {
      const known = documents.get("runners", id);
      const now = clock();
      const presence = presences.get(id);
      // Who comes back is another device; only the count of what was shown goes on, so that `rev` never falls.
      if (presence) {
        Object.assign(presence, { state: "away", connected: false, heardAt: now, report: undefined, body: undefined });
      }
      const allLabels = [...new Set([...(labels ?? []), ...(body.labels ?? [])])].slice(0, maxLabels);
      const runner: Runner = {
        ...(known ?? {
          v: 1,
          rev: 0,
          labels: [],
          concurrency: body.concurrency ?? 1,
          promptedBy: "team",
        }),
        id,
        memberId: device.memberId,
        deviceId: device.id,
        pairedAt: now,
        state: "away",
        lastSeenAt: now,
        ...(allLabels.length > 0 && { labels: allLabels }),
        body,
      };
      const old = known && documents.get("devices", known.deviceId);
      return [
        ...(old && old.revokedAt === undefined
          ? [{ collection: "devices", put: { ...old, revokedAt: now } } satisfies Change]
          : []),
        { collection: "devices", put: device },
        { collection: "runners", put: runner },
      ];
    },
    async change(id, { name, ...change }) {
      need(id);
      const stored = documents.get("runners", id) as Runner;
      const body = name === undefined ? stored.body : { ...stored.body, name };
      await ledger.commit([{ collection: "runners", put: { ...stored, ...change, body } }]);
      return need(id);
    },
    async revoke(id, by) {
      need(id);
      const stored = documents.get("runners", id) as Runner;
      const device = documents.get("devices", stored.deviceId);
      const before = presenceOf(stored).state;
      await ledger.commit([
        { collection: "runners", put: { ...stored, state: "revoked", revokedBy: by } },
        ...(device ? [{ collection: "devices", put: { ...device, revokedAt: clock() } } satisfies Change] : []),
      ]);
      for (const listener of listeners) listener(need(id), before);
    },
    connected(id, body, report) {
      const presence = presenceOf(need(id));
      Object.assign(presence, { connected: true, heardAt: clock(), body, report });
      update(id, true);
    },
    heard(id, report) {
      const presence = presences.get(id);
      if (!presence) return;
      presence.heardAt = clock();
      if (report) presence.report = report;
      update(id, report !== undefined);
    },
    disconnected(id) {
      const presence = presences.get(id);
      if (!presence) return;
      presence.connected = false;
      update(id, true);
    },
    silentMs(id) {
      return clock() - Math.max(presences.get(id)?.heardAt ?? 0, startedAt);
    },
    takesPrompts(id) {
      const presence = presences.get(id);
      return presence?.connected === true && stateNow(presence) === "online";
    },
    tick() {
      for (const runner of documents.all("runners")) update(runner.id, false);
    },
    onState: (listener) => listeners.add(listener),
  };
}

/** Whether a prompt is addressed to this runner. */
export const isTarget = (runner: Runner, prompt: Pick<Prompt, "target">): boolean =>
  "runnerId" in prompt.target ? prompt.target.runnerId === runner.id : runner.labels.includes(prompt.target.label);
