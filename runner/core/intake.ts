import { BatonError, type WireError } from "#protocol/errors";
import { newId, type PromptId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor } from "#protocol/payloads";
import { claimAgainMs, maxHeldOffers, maxOpenQuestions } from "#runner/core/caps";
import type { RunnerHost } from "#runner/core/host";
import { type Claim, resolveClaim } from "#runner/core/intake-claims";
import { type DecisionSteps, decide, wireErrorOf } from "#runner/core/intake-decision";
import { createEntry, type IntakeEntry, type Offer, sameContent, startEntry } from "#runner/core/intake-entry";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { Keepers } from "#runner/core/keepers";
import type { LinkSession, RelayMessage } from "#runner/core/link-session";
import type { Sharing } from "#runner/core/sharing";

export interface IntakeDeps {
  readonly host: RunnerHost;
  readonly keepers: Pick<Keepers, "ready">;
  /** The relay that the prompts come from, and which runs are its own. */
  readonly sharing: Sharing;
  /** Ends a run of this folder, and settles when it is over. */
  endRun(runId: RunId, by: Actor): Promise<void>;
  /** Whether a run is known here as none of this relay's. */
  isOthers(runId: RunId): boolean;
  session(): LinkSession | undefined;
  /** A run is there; called before the relay is told that its prompt has started. */
  started(run: KeeperRun, keeper: KeeperConnection): void;
  /** `asking()` has changed. */
  changed(): void;
}

/**
 * Takes prompts in: offer → rules → the local user → claim → keeper. Each step can be cut off by a lost link, a dead
 * keeper or a killed runner, and none of them makes a prompt run twice: it starts only behind the relay's reply to the
 * claim, or behind a welcome that names the claim; starting is idempotent in the keeper; and a claim that was
 * answered with "never seen" is never started here.
 */
export interface Intake {
  offer(offer: Offer): void;
  withdraw(message: Extract<RelayMessage, { type: "prompt.withdraw" }>): void;
  /** The link is up. @param claims claims of this runner that the relay has not seen to start */
  online(claims: readonly Claim[]): void;
  rulesChanged(): void;
  asking(): PromptId[];
  stop(): void;
}

export function createIntake(deps: IntakeDeps): Intake {
  const { host } = deps;
  const entries = new Map<PromptId, IntakeEntry>();
  /** What the local user has said yes to and what has not started yet. */
  const approvals = new Map<PromptId, IntakeEntry>();
  let generation = 0;

  const isCurrent = (entry: IntakeEntry) => entries.get(entry.offer.prompt.id) === entry;
  const claimOf = ({ offer: { prompt } }: IntakeEntry): Claim => ({ promptId: prompt.id, attempt: prompt.attempt });
  const send: LinkSession["send"] = (message) => deps.session()?.send(message);

  /** Every way on from an entry's state passes here, so that a place for a question that gets free is never missed. */
  const enter = (entry: IntakeEntry, state: IntakeEntry["state"]) => {
    if (entry.state === "asking" && state !== "asking") queueMicrotask(decideHeld);
    entry.state = state;
  };

  const drop = (entry: IntakeEntry) => {
    entry.round.abort();
    if (isCurrent(entry)) entries.delete(entry.offer.prompt.id);
    enter(entry, "dropped");
    deps.changed();
  };

  const hold = (entry: IntakeEntry) => {
    entry.round.abort();
    enter(entry, "held");
    deps.changed();
  };

  const decline = (entry: IntakeEntry, reason: WireError | undefined) => {
    drop(entry);
    send({ type: "prompt.declined", ...claimOf(entry), ...(reason && { reason }) });
  };

  const fail = (entry: IntakeEntry, error: unknown) => {
    drop(entry);
    const reason = wireErrorOf(error);
    host.log.warn({ prompt: entry.offer.prompt.id, code: reason.code }, "a prompt could not be started");
    send({ type: "prompt.failed", ...claimOf(entry), reason });
  };

  const questions = () => [...entries.values()].filter((entry) => entry.state === "asking");

  const steps: DecisionSteps = {
    ...{ isCurrent, enter, hold, decline },
    mayAsk: () => questions().length < maxOpenQuestions,
    asking(entry) {
      deps.changed();
      send({ type: "prompt.waiting", ...claimOf(entry) });
    },
    saidYes(entry) {
      approvals.set(entry.offer.prompt.id, entry);
      for (const oldest of approvals.keys()) if (approvals.size > maxHeldOffers) approvals.delete(oldest);
    },
    async approved(entry) {
      enter(entry, "approved");
      deps.changed();
      await claim(entry);
    },
  };

  const begin = (entry: IntakeEntry) => {
    entry.isUnanswered = false;
    const work = decide(host, steps, entry);
    const { signal } = entry.round;
    work.catch((error: unknown) => {
      if (signal.aborted || !isCurrent(entry)) return;
      host.log.warn({ prompt: entry.offer.prompt.id, error: String(error) }, "a prompt was not decided; it is held");
      // Asking again at once would fail again at once: it is offered again, or the rules change.
      entry.isUnanswered = true;
      hold(entry);
    });
  };

  const decideHeld = () => {
    if (host.rules.current().policy === "paused") return;
    for (const entry of entries.values()) if (entry.state === "held" && !entry.isUnanswered) begin(entry);
  };

  const claim = async (entry: IntakeEntry): Promise<void> => {
    // It may have been on its way to be claimed when the local user paused.
    if (host.rules.current().policy === "paused") return hold(entry);
    const session = deps.session();
    // On another link than the one it was offered on it may have changed; the next offer says what it is now.
    if (!session || entry.generation !== generation) return;
    enter(entry, "claiming");
    try {
      await session.request({ type: "prompt.claim", id: newId("command", host.clock.now()), ...claimOf(entry) });
    } catch (error) {
      if (!isCurrent(entry)) return;
      // Nobody knows whether the relay has seen the claim: the next welcome, or the next offer, says so.
      if (isConnectionLost(error)) enter(entry, "approved");
      else refused(entry, error);
      return;
    }
    if (isCurrent(entry)) own(entry);
  };

  /** What may be possible in a moment is claimed again; anything else is no longer this runner's business. */
  const refused = (entry: IntakeEntry, error: unknown) => {
    host.log.info({ prompt: entry.offer.prompt.id, reason: String(error) }, "the relay refused a claim");
    if (entry.newer) return replace(entry.newer);
    if (entry.isStale || !(error instanceof BatonError) || !passingCodes.has(error.code)) return drop(entry);
    enter(entry, "approved");
    host.clock.after(claimAgainMs, () => {
      if (isCurrent(entry) && entry.state === "approved") void claim(entry);
    });
  };

  /** The relay says that the prompt is this runner's. */
  const own = (entry: IntakeEntry) => {
    if (entry.isStale || host.rules.current().policy === "paused") {
      // What was approved is not what the relay holds now, or no longer wanted: it goes back to the queue as it is.
      drop(entry);
      send({ type: "prompt.never-seen", ...claimOf(entry) });
      return;
    }
    enter(entry, "claimed");
    // One yes is for one start, whatever the relay says of it later.
    approvals.delete(entry.offer.prompt.id);
    startEntry(deps, entry, () => isCurrent(entry) && host.rules.current().policy !== "paused").then(
      (started) => {
        if (!started) {
          if (!isCurrent(entry)) return;
          // Paused while the keeper was away, which may have started it before: only a keeper can say so.
          drop(entry);
          void resolveClaim(deps, claimOf(entry));
          return;
        }
        // An id that another relay has used names that one's run.
        if (!deps.sharing.includes(started.run.header)) return fail(entry, new BatonError("run_never_seen"));
        drop(entry);
        deps.started(started.run, started.keeper);
        send({ type: "prompt.started", ...claimOf(entry), runId: started.run.header.id });
      },
      (error: unknown) => {
        if (isCurrent(entry)) fail(entry, error);
      },
    );
  };

  const replace = (offer: Offer) => {
    const known = entries.get(offer.prompt.id);
    if (known) drop(known);
    const before = approvals.get(offer.prompt.id);
    approvals.delete(offer.prompt.id);
    if (entries.size >= maxHeldOffers) {
      host.log.warn({ prompt: offer.prompt.id, max: maxHeldOffers }, "too many prompts are held; one is left out");
      return;
    }
    const entry = createEntry(offer, generation);
    // Who has said yes to exactly this is not asked again because a link was lost.
    if (before && before.offer.prompt.attempt === offer.prompt.attempt && sameContent(before.offer, offer)) {
      entry.approved = true;
      entry.text = before.text;
    }
    entries.set(offer.prompt.id, entry);
    begin(entry);
  };

  return {
    offer(offer) {
      const known = entries.get(offer.prompt.id);
      if (!known || known.offer.prompt.attempt !== offer.prompt.attempt) return replace(offer);
      known.generation = generation;
      if (known.state === "claimed") return;
      const isSame = sameContent(known.offer, offer);
      if (known.state === "claiming") {
        if (isSame && !known.isStale) return;
        known.isStale = true;
        known.newer = offer;
        return;
      }
      if (!isSame) return replace(offer);
      if (known.state === "approved") void claim(known);
      else if (known.state === "held") begin(known);
    },

    withdraw({ promptId, attempt }) {
      const entry = entries.get(promptId);
      if (!entry || entry.offer.prompt.attempt !== attempt || entry.state === "claimed") return;
      if (entry.state !== "claiming") return drop(entry);
      entry.isStale = true;
      entry.newer = undefined;
    },

    online(claims) {
      // What the relay has not offered again since the link before this one is no longer its business here.
      for (const entry of entries.values()) {
        if (entry.state !== "claimed" && entry.generation < generation) drop(entry);
      }
      generation++;
      for (const { promptId, attempt } of claims) {
        const entry = entries.get(promptId);
        const isSame = entry?.offer.prompt.attempt === attempt;
        if (entry && isSame && entry.state === "claimed") continue;
        // Also where the claim was made here: the prompt may have been changed while nobody could say so, and what
        // was approved would not be what the queue holds.
        if (entry) drop(entry);
        void resolveClaim(deps, { promptId, attempt });
      }
    },

    rulesChanged() {
      const { policy } = host.rules.current();
      for (const entry of entries.values()) {
        const isOpen = entry.state === "deciding" || entry.state === "asking" || entry.state === "approved";
        if (policy === "paused" && isOpen) hold(entry);
        if (policy === "auto" && entry.state === "asking") begin(entry);
        entry.isUnanswered = false;
      }
      decideHeld();
    },

    asking: () => questions().map((entry) => entry.offer.prompt.id),

    stop() {
      for (const entry of entries.values()) drop(entry);
    },
  };
}

const passingCodes = new Set<string>([
  "prompt_state_refused",
  "runner_paused",
  "storage_full",
  "storage_failed",
  "storage_behind",
  "shutting_down",
  "rate_limited",
]);

const isConnectionLost = (error: unknown) => error instanceof BatonError && error.code === "connection_lost";
