import { BatonError } from "#protocol/errors";
import type { RelayId, RunId } from "#protocol/ids";
import { type AccessTokens, createAccessTokens } from "#relay/domain/access-tokens";
import { type ChangeFeed, createChangeFeed, createLedger } from "#relay/domain/changes";
import type { Clock } from "#relay/domain/clock";
import type { DomainContext } from "#relay/domain/context";
import { createDispatch, type Dispatch } from "#relay/domain/dispatch";
import { createEditorSignIns, type EditorSignIns } from "#relay/domain/editor-sign-ins";
import { createIdempotencyKeys } from "#relay/domain/idempotency";
import { createJoinTokens, type JoinTokens } from "#relay/domain/join-tokens";
import { createLeases, type Leases } from "#relay/domain/leases";
import { createLinks, type Links } from "#relay/domain/links";
import { createMembers, type Members } from "#relay/domain/members";
import { createPairings, type Pairings } from "#relay/domain/pairing";
import { createPreviewGrants, type PreviewGrants } from "#relay/domain/preview-grants";
import { createPreviews, type Previews } from "#relay/domain/previews";
import { createQueue, type Queue } from "#relay/domain/queue";
import { createRetention } from "#relay/domain/retention";
import type { RunnerPort } from "#relay/domain/runner-port";
import { createRunners, type Runners } from "#relay/domain/runners";
import { createRuns, type Runs } from "#relay/domain/runs";
import { createSessions, type Sessions } from "#relay/domain/sessions";
import { createShares, type Shares } from "#relay/domain/shares";
import { createTickets, type Tickets } from "#relay/domain/tickets";
import type { Store } from "#relay/store/store";

/** Everything that the relay knows and decides, without a transport. */
export interface Domain {
  readonly context: DomainContext;
  readonly feed: ChangeFeed;
  readonly members: Members;
  readonly links: Links;
  readonly sessions: Sessions;
  readonly tickets: Tickets;
  readonly tokens: AccessTokens;
  readonly joinTokens: JoinTokens;
  readonly editorSignIns: EditorSignIns;
  readonly pairings: Pairings;
  readonly runners: Runners;
  readonly queue: Queue;
  readonly dispatch: Dispatch;
  readonly runs: Runs;
  readonly leases: Leases;
  readonly previews: Previews;
  readonly shares: Shares;
  readonly previewGrants: PreviewGrants;
  /** What time brings: expiry, silence, retries. To be called every second. */
  tick(): Promise<void>;
}

export interface DomainOptions {
  readonly relayId: RelayId;
  readonly key: Uint8Array;
  readonly store: Store;
  readonly clock: Clock;
  readonly port: RunnerPort;
  /** How long ended runs are kept; 0, the default: for ever. */
  readonly keepMs?: number;
  /** Whether links let guests into previews. */
  readonly publicShares?: boolean;
  onError(error: unknown, where: string): void;
}

/** Puts the parts together, and takes up the state of the store. */
export async function createDomain(options: DomainOptions): Promise<Domain> {
  const { relayId, key, store, clock, port, keepMs = 0, publicShares = true, onError } = options;
  const feed = createChangeFeed();
  const ledger = createLedger(store, feed, {
    runner: (runner) => runners.overlay(runner),
    run: (run) => runs.overlay(run),
  });
  const context: DomainContext = { relayId, key, store, ledger, feed, clock };
  const members = createMembers(context);
  const joinTokens = createJoinTokens(context);
  const runners: Runners = createRunners({
    store,
    ledger,
    feed,
    clock,
    onWriteError: (error) => onError(error, "writing a runner"),
  });
  const findRun = (id: RunId) => runs.get(id);
  const runs: Runs = createRuns({
    store,
    ledger,
    feed,
    clock,
    isAway: (runnerId) => ["away", "revoked"].includes(runners.get(runnerId)?.state ?? "away"),
    changesOfEnd: (run) => [...queue.changesOfEndedRun(run), ...previews.changesOfEndedRun(run)],
    ended: (run) => previews.runEnded(run),
    queueChanged: () => dispatch.wake(),
    resend: (runnerId, runId, fromSeq) => port.resend(runnerId, runId, fromSeq),
    onError: (error, runId) => onError(error, `writing the run ${runId}`),
  });
  const dispatch: Dispatch = createDispatch(context, {
    runners,
    members,
    openRuns: () => runs.open().filter((run) => run.status !== "ended"),
    findRun,
    send: (runnerId, message) => port.send(runnerId, message),
    onError: (error) => onError(error, "offering prompts"),
  });
  const queue: Queue = createQueue(context, {
    runners,
    idempotency: await createIdempotencyKeys(context),
    findRun,
    changed: () => dispatch.wake(),
    withdraw: (prompt) => dispatch.withdraw(prompt),
  });
  const previews: Previews = createPreviews(context, { runners, port, findRun });
  const shares = createShares(context, { previews, members, runners, arePublic: publicShares });
  const sessions = createSessions(context);
  const tokens = createAccessTokens(context);
  const editorSignIns = createEditorSignIns(context, tokens);
  const links = createLinks(context, members);

  sessions.onEnd((deviceId, { code }) => {
    if (code !== "session_reused") return;
    const memberId = store.documents.get("devices", deviceId)?.memberId;
    const entry = { at: clock(), action: "session.reused", from: "relay", deviceId, ...(memberId && { memberId }) };
    store.audit.append(entry).catch((error: unknown) => onError(error, "writing the audit log"));
  });
  await runs.start();
  runners.onState((runner) => {
    runs.runnerChanged(runner);
    if (runner.state === "revoked") {
      const by = members.find(String(runner.revokedBy ?? ""))?.name ?? "an owner";
      port.close(runner.id, new BatonError("runner_revoked", { by }));
      previews.closeAll(runner.id).catch((error: unknown) => onError(error, "closing previews"));
    }
    dispatch.wake();
  });

  const retention = createRetention({ store, clock, keepMs, isHeld: (id) => runs.live(id) !== undefined });
  let ticks = 0;
  const tick = async () => {
    runners.tick();
    await queue.tick();
    await runs.tick();
    dispatch.wake();
    if (ticks++ % sweepEveryTicks !== 0) return;
    // It may take long where much is too old, and nobody waits for it.
    retention.sweep().catch((error: unknown) => onError(error, "removing what is too old"));
    for (const part of [links, sessions, tokens, joinTokens, previews, shares]) await part.sweep();
  };
  return {
    context,
    feed,
    members,
    links,
    sessions,
    tickets: createTickets(clock),
    tokens,
    joinTokens,
    editorSignIns,
    pairings: createPairings(context, { members, runners, joinTokens, editorSignIns }),
    runners,
    queue,
    dispatch,
    runs,
    leases: createLeases({ runs, runners, port }),
    previews,
    shares,
    previewGrants: createPreviewGrants(context, { previews, members, shares }),
    tick,
  };
}

const sweepEveryTicks = 600;
