import type * as z from "zod";
import type { NewPrompt, PromptChange } from "#protocol/api";
import { claimUnknownMs, promptExpiryMs } from "#protocol/caps";
import { devServerAgent, type Member, type Prompt, type Run } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { type MemberId, newId, type PromptId, type RunId } from "#protocol/ids";
import { roleAllows } from "#protocol/roles";
import { maxOpenPrompts, maxOpenPromptsPerMember } from "#relay/caps";
import type { DomainContext } from "#relay/domain/context";
import { contentHashOf, type IdempotencyKeys } from "#relay/domain/idempotency";
import { endedPrompt, isQueued, requeuedPrompt, stateOfEndedRun } from "#relay/domain/prompt-states";
import { lastPosition, movedPositions } from "#relay/domain/queue-order";
import type { Runners } from "#relay/domain/runners";
import type { Change } from "#relay/store/store";

export type ParsedPrompt = z.output<typeof NewPrompt>;
export type ParsedChange = z.output<typeof PromptChange>;

/** What people do with the queue. Every call that resolves is durable. */
export interface Queue {
  open(): Prompt[];
  /** @throws BatonError `not_found` */
  read(id: PromptId): Promise<Prompt>;
  /**
   * @param key the idempotency key: the same one gives the same prompt
   * @throws BatonError `request_invalid`, `role_required`, `queue_full`, `too_many`, `not_found`, `no_such_agent`, `runner_prompt_refused`, `idempotency_mismatch`
   */
  add(
    by: Member,
    wish: ParsedPrompt,
    key: string | undefined,
  ): Promise<{ prompt: Prompt; known: boolean; contentHash: string }>;
  /** @throws BatonError `not_found`, `revision_conflict`, `prompt_not_queued`, `role_required` */
  change(by: Member, id: PromptId, change: ParsedChange): Promise<Prompt>;
  cancel(by: Member, id: PromptId): Promise<Prompt>;
  /** Starts an `unknown` prompt again, knowing that it may have run. @throws BatonError `prompt_state_refused` */
  restart(by: Member, id: PromptId): Promise<Prompt>;
  /** Gives an `unknown` prompt up. @throws BatonError `prompt_state_refused` */
  forget(by: Member, id: PromptId): Promise<Prompt>;
  /** Cancels everything that a removed member still has in the queue. */
  cancelAllOf(memberId: MemberId): Promise<void>;
  /** Expires prompts and notices claims whose runner is silent. To be called every second. */
  tick(): Promise<void>;
  /** The changes that the end of a run means for prompts; committed by the caller together with the run's end. */
  changesOfEndedRun(run: Run): Change[];
}

export interface QueueDeps {
  readonly runners: Runners;
  readonly idempotency: IdempotencyKeys;
  findRun(id: RunId): Promise<Run | undefined>;
  /** Told when the queue has changed, so that prompts can be offered. */
  changed(): void;
  /** Told when an offer of this attempt, if there is one, no longer counts. */
  withdraw(prompt: Prompt): void;
}

export function createQueue({ store, ledger, clock }: DomainContext, deps: QueueDeps): Queue {
  const { documents, archive } = store;
  const open = () => documents.all("prompts");
  /** Prompts that are being written; nobody is told of them before that is done. */
  const writing = new Map<PromptId, Promise<void>>();
  const readWritten = async (id: PromptId) => {
    await writing.get(id);
    return read(id);
  };
  const read = async (id: PromptId) => {
    const prompt = documents.get("prompts", id) ?? (await archive.prompt(id));
    if (!prompt) throw new BatonError("not_found", { what: "prompt" });
    return prompt;
  };
  const mayChange = (by: Member, prompt: Prompt) => {
    if (prompt.memberId !== by.id && !roleAllows(by.role, "approver")) {
      throw new BatonError("role_required", { required: "approver", role: by.role });
    }
  };
  const commit = async (changes: readonly Change[]) => {
    await ledger.commit(changes);
    deps.changed();
  };

  const checkTarget = (memberId: MemberId, target: Prompt["target"], agent: string) => {
    if (!("runnerId" in target)) return;
    const runner = deps.runners.needFor(target.runnerId, memberId);
    const agents = runner.report?.agents;
    if (agents && !agents.some((known) => known.id === agent)) {
      throw new BatonError("no_such_agent", { runner: runner.body.name, agent });
    }
  };

  const needRoom = (memberId: MemberId) => {
    const prompts = open();
    if (prompts.length >= maxOpenPrompts) throw new BatonError("queue_full", { max: maxOpenPrompts });
    const own = prompts.filter((prompt) => prompt.memberId === memberId).length;
    if (own < maxOpenPromptsPerMember) return;
    throw new BatonError("too_many", { what: "open prompts of yours", max: maxOpenPromptsPerMember });
  };

  /** To end a server takes the right to cancel it, also where another one comes in its place. */
  const checkServer = async (by: Member, { agent, target, body: { server } }: ParsedPrompt) => {
    const refused = (reason: string) => new BatonError("request_invalid", { field: "body.server", reason });
    if (server && agent !== devServerAgent) throw refused("only a dev server has it");
    if (server?.replaces === undefined) return;
    const run = await deps.findRun(server.replaces);
    if (!run) throw new BatonError("not_found", { what: "run" });
    const isThere = "runnerId" in target && target.runnerId === run.runnerId;
    if (run.agent !== devServerAgent || !isThere) throw refused("it replaces a dev server of the same runner");
    if (run.memberId === by.id || roleAllows(by.role, "approver")) return;
    throw new BatonError("role_required", { required: "approver", role: by.role });
  };

  /** A follow-up goes to the runner that ran what it follows, in the same thread. */
  const placeOf = async (wish: ParsedPrompt): Promise<Pick<Prompt, "target" | "threadId">> => {
    const threadId = wish.threadId ?? newId("thread", clock());
    if (!wish.afterRunId) return { target: wish.target, threadId };
    const run = await deps.findRun(wish.afterRunId);
    if (!run) throw new BatonError("not_found", { what: "run" });
    if ("runnerId" in wish.target && wish.target.runnerId !== run.runnerId) {
      throw new BatonError("request_invalid", {
        field: "target",
        reason: "a follow-up goes to the runner of the run that it follows",
      });
    }
    return { target: { runnerId: run.runnerId }, threadId: run.threadId };
  };

  /** Between two looks at the same document a commit may have come; the second look decides. */
  const needUnknown = (id: PromptId): Prompt => {
    const prompt = documents.get("prompts", id);
    if (prompt?.state !== "unknown") throw new BatonError("prompt_state_refused", { state: prompt?.state ?? "ended" });
    return prompt;
  };

  return {
    open,
    read,

    async add(by, wish, key) {
      const contentHash = contentHashOf(wish);
      const known = key === undefined ? undefined : deps.idempotency.find(by.id, key, contentHash);
      if (known) return { prompt: await readWritten(known), known: true, contentHash };
      const place = await placeOf(wish);
      await checkServer(by, wish);
      checkTarget(by.id, place.target, wish.agent);
      needRoom(by.id);
      // Looked up once more: the same request may have come twice while the run was read.
      const twin = key === undefined ? undefined : deps.idempotency.find(by.id, key, contentHash);
      if (twin) return { prompt: await readWritten(twin), known: true, contentHash };

      const now = clock();
      const { expiresInMs, target: _, threadId: __, ...rest } = wish;
      const prompt: Prompt = {
        v: 1,
        rev: 0,
        id: newId("prompt", now),
        createdAt: now,
        expiresAt: now + (expiresInMs ?? promptExpiryMs),
        memberId: by.id,
        ...rest,
        ...place,
        state: "queued",
        attempt: 1,
        position: lastPosition(open()),
        ...(key !== undefined && { idempotencyKey: key }),
      };
      if (key !== undefined) deps.idempotency.remember(by.id, key, { promptId: prompt.id, contentHash });
      const written = commit([{ collection: "prompts", put: prompt }]);
      writing.set(prompt.id, written);
      try {
        await written;
      } catch (error) {
        if (key !== undefined) deps.idempotency.forget(by.id, key);
        throw error;
      } finally {
        writing.delete(prompt.id);
      }
      return { prompt: await read(prompt.id), known: false, contentHash };
    },

    async change(by, id, { rev, text, before, ...rest }) {
      const prompt = await read(id);
      mayChange(by, prompt);
      if (!isQueued(prompt)) throw new BatonError("prompt_not_queued", { state: prompt.state });
      if (prompt.rev !== rev) throw new BatonError("revision_conflict");
      const changesContent = text !== undefined || Object.values(rest).some((value) => value !== undefined);
      if (changesContent && prompt.memberId !== by.id) throw new BatonError("not_yours", { what: "prompt" });
      const moved = before === undefined ? new Map<PromptId, number>() : movedPositions(open(), id, before);
      const next = {
        ...prompt,
        ...rest,
        position: moved.get(id) ?? prompt.position,
        body: text === undefined ? prompt.body : { ...prompt.body, text },
      } as Prompt;
      if (changesContent) checkTarget(next.memberId, next.target, next.agent);
      const others = open().flatMap((other): Change[] => {
        const position = moved.get(other.id);
        return position === undefined || other.id === id
          ? []
          : [{ collection: "prompts", put: { ...other, position } }];
      });
      // A runner may be about to claim what it was offered: with new content that is another attempt.
      if (changesContent) deps.withdraw(prompt);
      const put = changesContent ? requeuedPrompt(next) : next;
      await commit([{ collection: "prompts", put }, ...others]);
      return read(id);
    },

    async cancel(by, id) {
      const prompt = await read(id);
      mayChange(by, prompt);
      if (!isQueued(prompt)) throw new BatonError("prompt_not_queued", { state: prompt.state });
      deps.withdraw(prompt);
      await commit([endedPrompt(prompt, "cancelled", clock())]);
      return read(id);
    },

    async restart(by, id) {
      mayChange(by, await read(id));
      await commit([{ collection: "prompts", put: requeuedPrompt(needUnknown(id)) }]);
      return read(id);
    },

    async forget(by, id) {
      mayChange(by, await read(id));
      await commit([endedPrompt(needUnknown(id), "lost", clock())]);
      return read(id);
    },

    async cancelAllOf(memberId) {
      const theirs = open().filter((prompt) => prompt.memberId === memberId && isQueued(prompt));
      for (const prompt of theirs) deps.withdraw(prompt);
      if (theirs.length > 0) await commit(theirs.map((prompt) => endedPrompt(prompt, "cancelled", clock())));
    },

    async tick() {
      const now = clock();
      const changes: Change[] = [];
      for (const prompt of open()) {
        if (isQueued(prompt) && prompt.expiresAt <= now) {
          deps.withdraw(prompt);
          changes.push(endedPrompt(prompt, "expired", now));
        }
        const silent = prompt.claimedBy !== undefined && deps.runners.silentMs(prompt.claimedBy) > claimUnknownMs;
        if (prompt.state === "claimed" && silent) {
          changes.push({ collection: "prompts", put: { ...prompt, state: "unknown" } });
        }
      }
      if (changes.length > 0) await commit(changes);
    },

    changesOfEndedRun(run) {
      return open().flatMap((prompt): Change[] => {
        // A header says what its runner likes: only the runner that claimed a prompt ends it.
        const isOwn =
          prompt.id === run.promptId &&
          prompt.claimedBy === run.runnerId &&
          prompt.attempt === (run.attempt ?? prompt.attempt);
        if (isOwn && !isQueued(prompt)) {
          return [endedPrompt({ ...prompt, runId: run.id }, stateOfEndedRun(run), clock())];
        }
        // Follow-ups of one thread go on from its newest run, one after the other.
        const isThere = "runnerId" in prompt.target && prompt.target.runnerId === run.runnerId;
        const follows =
          prompt.afterRunId !== undefined && prompt.threadId === run.threadId && isThere && isQueued(prompt);
        return follows && prompt.afterRunId !== run.id
          ? [{ collection: "prompts", put: { ...prompt, afterRunId: run.id } }]
          : [];
      });
    },
  };
}
