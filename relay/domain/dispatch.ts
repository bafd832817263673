import type { Prompt, Run, Runner } from "#protocol/documents";
import { BatonError, type WireError } from "#protocol/errors";
import type { PromptId, RunId, RunnerId } from "#protocol/ids";
import { mayPrompt } from "#protocol/may-prompt";
import type { ToRunner } from "#protocol/runner-link";
import type { DomainContext } from "#relay/domain/context";
import type { Members } from "#relay/domain/members";
import {
  claimedPrompt,
  endedPrompt,
  isClaimed,
  isQueued,
  requeuedPrompt,
  startedPrompt,
} from "#relay/domain/prompt-states";
import { byPosition } from "#relay/domain/queue-order";
import { isTarget, type Runners } from "#relay/domain/runners";
import type { Change } from "#relay/store/store";

/** Which attempt of which prompt a runner speaks of. */
export interface Claim {
  readonly promptId: PromptId;
  readonly attempt: number;
}

/**
 * Offers prompts to runners and takes their claims. A claim is sticky: the prompt belongs to that runner until the
 * runner's keeper says that it has never seen it, or a person decides. So nothing is ever run twice silently.
 */
export interface Dispatch {
  /** Looks at the whole queue soon; many calls in one turn are one look. */
  wake(): void;
  /** @throws BatonError `prompt_state_refused`, `not_found`, `runner_paused` where another one was faster or it is too late */
  claim(runnerId: RunnerId, claim: Claim): Promise<void>;
  waiting(runnerId: RunnerId, claim: Claim): Promise<void>;
  declined(runnerId: RunnerId, claim: Claim, reason: WireError | undefined): Promise<void>;
  started(runnerId: RunnerId, claim: Claim, runId: RunId): Promise<void>;
  failed(runnerId: RunnerId, claim: Claim, reason: WireError): Promise<void>;
  neverSeen(runnerId: RunnerId, claim: Claim): Promise<void>;
  /** Claims of this runner that were never seen to start. */
  openClaims(runnerId: RunnerId): Claim[];
  /** Takes back what is offered of this prompt. */
  withdraw(prompt: Prompt): void;
  /** The runner's link is gone: what was offered to it can be offered again. */
  disconnected(runnerId: RunnerId): void;
}

export interface DispatchDeps {
  readonly runners: Runners;
  readonly members: Members;
  openRuns(): Run[];
  findRun(id: RunId): Promise<Run | undefined>;
  /** @returns false where the runner is not connected */
  send(runnerId: RunnerId, message: ToRunner): boolean;
  onError(error: unknown): void;
}

interface Offer {
  readonly attempt: number;
  /** The runner is asking its local user, which may take long. */
  asks: boolean;
}

export function createDispatch({ store, ledger, clock }: DomainContext, deps: DispatchDeps): Dispatch {
  const { documents } = store;
  const offers = new Map<PromptId, Map<RunnerId, Offer>>();
  const decliners = new Map<PromptId, Set<RunnerId>>();
  let awake = false;

  const prompts = () => documents.all("prompts");
  const wake = () => {
    if (awake) return;
    awake = true;
    queueMicrotask(() => {
      awake = false;
      look();
    });
  };
  const commit = async (changes: readonly Change[]) => {
    await ledger.commit(changes);
    wake();
  };
  /** The prompt, if this attempt of it is still the current one. */
  const current = ({ promptId, attempt }: Claim): Prompt | undefined => {
    const prompt = documents.get("prompts", promptId);
    return prompt?.attempt === attempt ? prompt : undefined;
  };
  const currentClaim = (runnerId: RunnerId, claim: Claim): Prompt | undefined => {
    const prompt = current(claim);
    return prompt && isClaimed(prompt) && prompt.claimedBy === runnerId ? prompt : undefined;
  };

  const dropOffers = (promptId: PromptId, except?: RunnerId) => {
    for (const [runnerId, { attempt }] of offers.get(promptId) ?? []) {
      if (runnerId !== except) deps.send(runnerId, { type: "prompt.withdraw", promptId, attempt });
    }
    offers.delete(promptId);
    decliners.delete(promptId);
  };

  /** `once` work of a runner: claimed prompts, and runs that were started by hand. */
  const busySlots = (runnerId: RunnerId): number => {
    const claimed = prompts().filter((p) => p.mode === "once" && isClaimed(p) && p.claimedBy === runnerId);
    const byHand = deps.openRuns().filter((run) => run.runnerId === runnerId && run.mode === "once" && !run.promptId);
    return claimed.length + byHand.length;
  };
  const offeredSlots = (runnerId: RunnerId, queue: readonly Prompt[]): number =>
    queue.filter((prompt) => prompt.mode === "once" && offers.get(prompt.id)?.has(runnerId)).length;

  /** A follow-up waits until nothing of its thread is at work. */
  const isHeldBack = (prompt: Prompt): boolean =>
    prompt.afterRunId !== undefined &&
    (deps.openRuns().some((run) => run.threadId === prompt.threadId && isTargetedAt(run.runnerId, prompt)) ||
      prompts().some((other) => other.threadId === prompt.threadId && isClaimed(other)));

  const isFor = (runner: Runner, prompt: Prompt): boolean =>
    isTarget(runner, prompt) &&
    mayPrompt(runner, prompt.memberId) &&
    (!("label" in prompt.target) || hasAgent(runner, prompt.agent)) &&
    !decliners.get(prompt.id)?.has(runner.id);

  /** Several runners may be asked at once only while the local users before them are still thinking. */
  const isFree = (prompt: Prompt, runnerId: RunnerId): boolean => {
    const offered = offers.get(prompt.id);
    return !offered || (!offered.has(runnerId) && [...offered.values()].every((offer) => offer.asks));
  };

  function look(): void {
    const queue = prompts().filter(isQueued).sort(byPosition);
    if (queue.length === 0) return;
    const ready = queue.filter((prompt) => prompt.expiresAt > clock() && !isHeldBack(prompt));
    for (const runner of deps.runners.all()) {
      if (!deps.runners.takesPrompts(runner.id)) continue;
      let slots = runner.concurrency - busySlots(runner.id) - offeredSlots(runner.id, queue);
      for (const prompt of ready) {
        if (prompt.mode === "once" && slots < 1) continue;
        if (!isFor(runner, prompt) || !isFree(prompt, runner.id)) continue;
        if (prompt.mode === "once") slots -= 1;
        const offered = offers.get(prompt.id) ?? new Map<RunnerId, Offer>();
        const made: Offer = { attempt: prompt.attempt, asks: false };
        offered.set(runner.id, made);
        offers.set(prompt.id, offered);
        offer(runner.id, prompt, made).catch((error: unknown) => {
          forget(prompt.id, runner.id, made);
          deps.onError(error);
        });
      }
    }
  }

  /** It was never sent, so the next look makes it anew. */
  const forget = (promptId: PromptId, runnerId: RunnerId, made: Offer) => {
    const offered = offers.get(promptId);
    if (offered?.get(runnerId) !== made) return;
    offered.delete(runnerId);
    if (offered.size === 0) offers.delete(promptId);
  };

  /** @param made what stands for it among the offers: once that is another one, or none, nothing is sent */
  async function offer(runnerId: RunnerId, prompt: Prompt, made: Offer): Promise<void> {
    const before = prompt.afterRunId === undefined ? undefined : await deps.findRun(prompt.afterRunId);
    if (offers.get(prompt.id)?.get(runnerId) !== made) return;
    const author = documents.get("members", prompt.memberId);
    const { sessionId } = before ?? {};
    const sent = deps.send(runnerId, {
      type: "prompt.offer",
      prompt,
      author: { memberId: prompt.memberId, name: author?.name ?? "a former member" },
      ...(before && { resume: { runId: before.id, ...(sessionId !== undefined && { sessionId }) } }),
    });
    if (!sent) forget(prompt.id, runnerId, made);
  }

  /** Back from `waiting`, where nobody is asked any more. */
  const settle = async (prompt: Prompt) => {
    const offered = offers.get(prompt.id);
    if (offered?.size === 0) offers.delete(prompt.id);
    const asked = [...(offered?.values() ?? [])].some((one) => one.asks);
    if (prompt.state === "waiting" && !asked) {
      await commit([{ collection: "prompts", put: { ...prompt, state: "queued" } }]);
    } else wake();
  };

  return {
    wake,

    async claim(runnerId, claim) {
      const prompt = current(claim);
      if (!prompt) throw new BatonError("not_found", { what: "prompt" });
      if (isClaimed(prompt) && prompt.claimedBy === runnerId) {
        // Asked again, because the reply was lost. Written again, so that this reply is not before the first write.
        return commit([{ collection: "prompts", put: prompt }]);
      }
      if (!isQueued(prompt)) throw new BatonError("prompt_state_refused", { state: prompt.state });
      const runner = deps.runners.get(runnerId);
      const late = prompt.expiresAt <= clock() || isHeldBack(prompt);
      if (!runner || !isFor(runner, prompt) || late) throw new BatonError("not_found", { what: "prompt" });
      if (prompt.mode === "once" && busySlots(runnerId) >= runner.concurrency) {
        throw new BatonError("prompt_state_refused", { state: "queued behind another one" });
      }
      dropOffers(prompt.id, runnerId);
      await commit([{ collection: "prompts", put: claimedPrompt(prompt, runnerId, clock()) }]);
    },

    async waiting(runnerId, claim) {
      const prompt = current(claim);
      const offered = offers.get(claim.promptId)?.get(runnerId);
      if (!prompt || !offered || !isQueued(prompt)) return;
      offered.asks = true;
      if (prompt.state === "waiting") return wake();
      await commit([{ collection: "prompts", put: { ...prompt, state: "waiting" } }]);
    },

    async declined(runnerId, claim, reason) {
      const prompt = current(claim);
      if (!prompt || prompt.state === "started" || !(isQueued(prompt) || currentClaim(runnerId, claim))) return;
      offers.get(prompt.id)?.delete(runnerId);
      const said = decliners.get(prompt.id) ?? new Set();
      decliners.set(prompt.id, said.add(runnerId));
      const others = deps.runners.all().some((r) => r.state !== "revoked" && !said.has(r.id) && isFor(r, prompt));
      if (others && isQueued(prompt)) return settle(prompt);
      dropOffers(prompt.id);
      await commit([endedPrompt(prompt, "declined", clock(), reason)]);
    },

    async started(runnerId, claim, runId) {
      const prompt = currentClaim(runnerId, claim);
      if (!prompt || (prompt.state === "started" && prompt.runId === runId)) return;
      const run = await deps.findRun(runId);
      // What is somebody else's, or of another prompt, cannot be named as this one's.
      if (run && (run.runnerId !== runnerId || run.promptId !== prompt.id)) return;
      if (!currentClaim(runnerId, claim)) return;
      await commit([{ collection: "prompts", put: startedPrompt(prompt, runId) }]);
    },

    async failed(runnerId, claim, reason) {
      const prompt = currentClaim(runnerId, claim);
      if (prompt && prompt.state !== "started") await commit([endedPrompt(prompt, "failed", clock(), reason)]);
    },

    async neverSeen(runnerId, claim) {
      const prompt = currentClaim(runnerId, claim);
      if (prompt && prompt.state !== "started") {
        await commit([{ collection: "prompts", put: requeuedPrompt(prompt) }]);
      }
    },

    openClaims: (runnerId) =>
      prompts()
        .filter((prompt) => prompt.claimedBy === runnerId && (prompt.state === "claimed" || prompt.state === "unknown"))
        .map(({ id, attempt }) => ({ promptId: id, attempt })),

    withdraw: (prompt) => dropOffers(prompt.id),

    disconnected(runnerId) {
      for (const [promptId, offered] of offers) {
        const prompt = offered.delete(runnerId) && documents.get("prompts", promptId);
        if (prompt) settle(prompt).catch(deps.onError);
      }
    },
  };
}

const isTargetedAt = (runnerId: RunnerId, { target }: Prompt): boolean =>
  "runnerId" in target && target.runnerId === runnerId;

/** Whether a runner has an agent; one that has not reported yet is asked. */
const hasAgent = (runner: Runner, agent: string): boolean =>
  runner.report?.agents.some((known) => known.id === agent && known.available) ?? true;
