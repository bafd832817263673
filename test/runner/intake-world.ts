import assert from "node:assert/strict";
import type { Prompt } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import { newId, type PromptId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { ToRelay } from "#protocol/runner-link";
import type { PromptAnswer, PromptQuestion } from "#runner/core/host";
import { createIntake, type Intake } from "#runner/core/intake";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import type { LinkSession } from "#runner/core/link-session";
import { scriptedClock, scriptedHost } from "#test/support/scripted-host";
import { sharingWith } from "#test/support/sharing";

const sharing = sharingWith();

type RelayState = "queued" | "claimed" | "started" | "cancelled" | "declined" | "failed";
interface RelayPrompt {
  prompt: Prompt;
  state: RelayState;
}
interface Question {
  readonly question: PromptQuestion;
  answer(answer: PromptAnswer): void;
}
interface KeeperRequest {
  readonly type: string;
  readonly fields: Record<string, unknown>;
  /** False once the process that asked is gone: the request still arrives, nobody hears the answer. */
  isHeard: boolean;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/**
 * The intake between a relay, a keeper and a person, each as simple as its rules, where every message waits until the
 * test delivers it. What must never happen is asserted where it would happen.
 */
export class IntakeWorld {
  readonly prompts = new Map<PromptId, RelayPrompt>();
  readonly spawns: { promptId: PromptId; attempt: number; text: string }[] = [];
  /** What was claimed or started although the local user had paused by then. */
  readonly whilePaused: string[] = [];
  private readonly clock = scriptedClock();
  private readonly started = new Map<string, RunId | "given up">();
  private toRunner: (() => void)[] = [];
  private toRelay: ToRelay[] = [];
  private keeperRequests: KeeperRequest[] = [];
  private questions: Question[] = [];
  private session: LinkSession | undefined;
  private pendingClaims = new Map<string, { resolve(result: unknown): void; reject(error: Error): void }>();
  private keeperUp = true;
  private isBusy = false;
  private keeperWaiters: (() => void)[] = [];
  private life = 0;
  private readonly host = scriptedHost({
    clock: this.clock,
    ask: (question, signal) =>
      new Promise((resolve, reject) => {
        const asked: Question = { question, answer: resolve };
        this.questions.push(asked);
        signal.addEventListener("abort", () => {
          this.questions = this.questions.filter((one) => one !== asked);
          reject(new Error("withdrawn"));
        });
      }),
  });
  private intake: Intake = this.newLife();

  // ── What people do

  queue(text: string): void {
    const id = newId("prompt");
    const prompt: Prompt = {
      v: 1,
      rev: 0,
      id,
      createdAt: 0,
      expiresAt: 1e15,
      memberId: newId("member"),
      target: { runnerId: this.host.runnerId },
      agent: "echo",
      mode: "once",
      access: "edit",
      threadId: newId("thread"),
      state: "queued",
      attempt: 1,
      position: 0,
      body: { text },
    };
    this.prompts.set(id, { prompt, state: "queued" });
    this.offer(id);
  }

  edit(index: number): void {
    const found = this.pick(index, "queued");
    if (!found) return;
    const { prompt } = found;
    this.withdraw(prompt);
    found.prompt = { ...prompt, rev: prompt.rev + 1, body: { text: `${prompt.body.text}+` } };
    this.offer(prompt.id);
  }

  cancel(index: number): void {
    const found = this.pick(index, "queued");
    if (!found) return;
    found.state = "cancelled";
    this.withdraw(found.prompt);
  }

  answer(index: number, decision: "run" | "edit" | "decline"): void {
    const [asked] = this.questions.splice(index % Math.max(1, this.questions.length), 1);
    if (!asked) return;
    if (decision === "edit") asked.answer({ decision: "run", text: `${asked.question.prompt.body.text}!` });
    else asked.answer({ decision });
  }

  setPolicy(policy: "auto" | "ask" | "paused"): void {
    this.host.setPolicy(policy);
    this.intake.rulesChanged();
  }

  /** Something else has the folder, or not: claims are refused for now. */
  setBusy(isBusy: boolean): void {
    this.isBusy = isBusy;
  }

  // ── What happens to processes and links

  linkDown(): void {
    if (!this.session) return;
    this.session = undefined;
    this.toRunner = [];
    this.toRelay = [];
    for (const pending of this.pendingClaims.values()) pending.reject(new BatonError("connection_lost"));
    this.pendingClaims.clear();
  }

  linkUp(): void {
    if (this.session) return;
    const session = this.openSession();
    this.session = session;
    const claims = [...this.prompts.values()]
      .filter(({ state }) => state === "claimed")
      .map(({ prompt }) => ({ promptId: prompt.id, attempt: prompt.attempt }));
    this.intake.online(claims);
    for (const { prompt, state } of this.prompts.values()) if (state === "queued") this.offer(prompt.id);
  }

  keeperDown(): void {
    this.keeperUp = false;
    for (const request of this.keeperRequests.splice(0)) request.reject(new BatonError("connection_lost"));
  }

  keeperBack(): void {
    this.keeperUp = true;
    for (const wake of this.keeperWaiters.splice(0)) wake();
  }

  /** The runner is killed and started again: it knows nothing, but what it sent is on its way. */
  crash(): void {
    this.linkDown();
    this.questions = [];
    this.keeperWaiters = [];
    for (const request of this.keeperRequests) request.isHeard = false;
    this.intake = this.newLife();
  }

  tick(): void {
    this.clock.advance(2_500);
  }

  // ── Delivering

  deliverToRunner(): boolean {
    const deliver = this.toRunner.shift();
    deliver?.();
    return deliver !== undefined;
  }

  deliverToRelay(): boolean {
    const message = this.toRelay.shift();
    if (message) this.relayReceives(message);
    return message !== undefined;
  }

  /** @param isAnswerLost the keeper does what it is asked, and the connection is gone before the answer */
  deliverToKeeper(isAnswerLost: boolean): boolean {
    if (!this.keeperUp) return false;
    const request = this.keeperRequests.shift();
    if (!request) return false;
    const outcome = this.keeperDoes(request);
    if (!request.isHeard) return true;
    if (isAnswerLost) {
      request.reject(new BatonError("connection_lost"));
      this.keeperDown();
      this.keeperBack();
    } else if (outcome instanceof Error) request.reject(outcome);
    else request.resolve(outcome);
    return true;
  }

  /** Everything is up, everybody says yes, and every message arrives. */
  async calm(): Promise<void> {
    this.linkUp();
    this.keeperBack();
    this.setPolicy("auto");
    this.setBusy(false);
    for (let idle = 0; idle < 6; ) {
      await settle();
      while (this.questions.length > 0) this.answer(0, "run");
      const moved = [this.deliverToRunner(), this.deliverToRelay(), this.deliverToKeeper(false)].some(Boolean);
      if (moved) idle = 0;
      else {
        idle++;
        this.tick();
      }
    }
  }

  // ── The relay's rules

  private relayReceives(message: ToRelay): void {
    if (!("promptId" in message)) return;
    const found = this.prompts.get(message.promptId);
    const isCurrent = found?.prompt.attempt === message.attempt;
    if (message.type === "prompt.claim") {
      const reply = this.pendingClaims.get(message.id);
      const isPossible = isCurrent && (found?.state === "queued" || found?.state === "claimed");
      const isOurs = isPossible && !(this.isBusy && found?.state === "queued");
      if (isOurs && found) found.state = "claimed";
      this.toRunner.push(() => {
        this.pendingClaims.delete(message.id);
        if (isOurs) reply?.resolve(undefined);
        else reply?.reject(new BatonError(isPossible ? "prompt_state_refused" : "not_found", { state: "queued" }));
      });
      return;
    }
    if (!isCurrent || !found) return;
    if (message.type === "prompt.declined" && found.state === "queued") found.state = "declined";
    if (found.state !== "claimed") return;
    if (message.type === "prompt.started") found.state = "started";
    if (message.type === "prompt.failed") found.state = "failed";
    if (message.type === "prompt.never-seen") {
      found.state = "queued";
      found.prompt = { ...found.prompt, attempt: found.prompt.attempt + 1 };
      this.offer(found.prompt.id);
    }
  }

  private offer(id: PromptId): void {
    const found = this.prompts.get(id);
    if (!this.session || !found) return;
    const { prompt } = found;
    this.toRunner.push(() =>
      this.intake.offer({ type: "prompt.offer", prompt, author: { memberId: prompt.memberId, name: "Ana" } }),
    );
  }

  private withdraw({ id: promptId, attempt }: Prompt): void {
    if (!this.session) return;
    this.toRunner.push(() => this.intake.withdraw({ type: "prompt.withdraw", promptId, attempt }));
  }

  private openSession(): LinkSession {
    const isOpen = () => this.session === session;
    const session: LinkSession = {
      welcome: undefined as never,
      bufferedBytes: 0,
      sendFrame: () => {},
      send: (message) => {
        if (isOpen()) this.toRelay.push(message);
      },
      request: (message) =>
        new Promise((resolve, reject) => {
          if (!isOpen()) return reject(new BatonError("connection_lost"));
          this.noteIfPaused(message.type);
          this.pendingClaims.set(message.id, { resolve, reject });
          this.toRelay.push(message);
        }),
    };
    return session;
  }

  // ── The keeper's rules

  private keeperDoes({ type, fields }: KeeperRequest): unknown {
    if (type === "seen") {
      const key = `${fields.promptId} ${fields.attempt}`;
      const before = this.started.get(key);
      if (before === undefined) this.started.set(key, "given up");
      return before === undefined || before === "given up" ? {} : { runId: before };
    }
    const { header, command } = fields as { header: KeeperRun["header"]; command: { argv: string[] } };
    const { promptId, attempt } = header;
    assert.ok(promptId && attempt);
    const key = `${promptId} ${attempt}`;
    const before = this.started.get(key);
    if (before === "given up") return new BatonError("claim_given_up");
    if (before === undefined) {
      this.started.set(key, header.id);
      this.spawned(promptId, attempt, command.argv[1] ?? "");
    }
    return { run: { header: { ...header, id: before ?? header.id } }, known: before !== undefined };
  }

  private spawned(promptId: PromptId, attempt: number, text: string): void {
    const found = this.prompts.get(promptId);
    assert.ok(found, "what runs was queued");
    assert.equal(found.state, "claimed", "nothing runs that the relay has not given to this runner");
    assert.equal(found.prompt.attempt, attempt, "only the current attempt runs");
    assert.equal(text.replace(/!$/, ""), found.prompt.body.text, "what runs is what the queue says");
    assert.ok(!this.spawns.some((spawn) => spawn.promptId === promptId), "nothing runs twice");
    this.spawns.push({ promptId, attempt, text });
  }

  /** A fresh process. What an older one still does goes nowhere. */
  private newLife(): Intake {
    const life = ++this.life;
    const isAlive = () => this.life === life;
    const keeper = {
      storeId: "store",
      request: (type: string, fields: object) =>
        new Promise((resolve, reject) => {
          if (!isAlive()) return;
          if (!this.keeperUp) return reject(new BatonError("connection_lost"));
          if (type === "start") this.noteIfPaused(type);
          this.keeperRequests.push({ type, fields: { ...fields }, isHeard: true, resolve, reject });
        }),
    } as unknown as KeeperConnection;
    return createIntake({
      endRun: async () => {},
      host: this.host,
      sharing,
      isOthers: () => false,
      keepers: {
        ready: () =>
          new Promise((resolve) => {
            if (!isAlive()) return;
            if (this.keeperUp) resolve(keeper);
            else this.keeperWaiters.push(() => resolve(keeper));
          }),
      },
      session: () => (isAlive() ? this.session : undefined),
      started: () => {},
      changed: () => {},
    });
  }

  private noteIfPaused(what: string): void {
    if (this.host.rules.current().policy === "paused") this.whilePaused.push(what);
  }

  private pick(index: number, state: RelayState): RelayPrompt | undefined {
    const fitting = [...this.prompts.values()].filter((one) => one.state === state);
    return fitting[index % Math.max(1, fitting.length)];
  }
}

/** Lets every promise that can go on go on. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
