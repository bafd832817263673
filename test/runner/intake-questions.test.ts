import assert from "node:assert/strict";
import fc from "fast-check";
import { devServerAgent } from "#protocol/documents";
import { newId, type PromptId, type RunId } from "#protocol/ids";
import type { Actor } from "#protocol/payloads";
import { maxOpenQuestions } from "#runner/core/caps";
import type { PromptAnswer } from "#runner/core/host";
import { createIntake } from "#runner/core/intake";
import type { Offer } from "#runner/core/intake-entry";
import type { LinkSession } from "#runner/core/link-session";
import { settle } from "#test/runner/intake-world";
import { scriptedHost } from "#test/support/scripted-host";
import { sharingWith } from "#test/support/sharing";

/** An intake under the policy `ask`, whose keeper never gets ready: prompts come and go, and a person answers or cannot be asked. */
function createDesk(session?: LinkSession) {
  const open = new Map<PromptId, { resolve(answer: PromptAnswer): void; reject(error: Error): void }>();
  /** Prompts that are still to be decided, and can be asked about. */
  const undecided = new Map<PromptId, Offer>();
  const host = scriptedHost({
    ask: ({ prompt }, signal) =>
      new Promise((resolve, reject) => {
        const question = { resolve, reject };
        open.set(prompt.id, question);
        signal.addEventListener("abort", () => {
          if (open.get(prompt.id) === question) open.delete(prompt.id);
          reject(new Error("withdrawn"));
        });
      }),
  });
  host.setPolicy("ask");
  /** The servers that gave way to another one, and for whom. */
  const ended: [RunId, Actor][] = [];
  const intake = createIntake({
    endRun: async (runId, by) => void ended.push([runId, by]),
    host,
    keepers: { ready: () => new Promise(() => {}) },
    sharing: sharingWith(),
    isOthers: () => false,
    session: () => session,
    started: () => {},
    changed: () => {},
  });
  const pick = <T>(all: Iterable<T>, index: number): T | undefined => {
    const list = [...all];
    return list[index % Math.max(1, list.length)];
  };
  const offer = (id: PromptId, text: string, change: Partial<Offer["prompt"]> = {}) => {
    const offered: Offer = {
      type: "prompt.offer",
      author: { memberId: newId("member"), name: "Ana" },
      prompt: {
        v: 1,
        rev: 0,
        id,
        createdAt: 0,
        expiresAt: 1e15,
        memberId: newId("member"),
        target: { runnerId: host.runnerId },
        agent: "echo",
        mode: "once",
        access: "edit",
        threadId: newId("thread"),
        state: "queued",
        attempt: 1,
        position: 0,
        body: { text },
        ...change,
      },
    };
    undecided.set(id, offered);
    intake.offer(offered);
  };
  return {
    open,
    undecided,
    intake,
    ended,
    queue: (change?: Partial<Offer["prompt"]>) => offer(newId("prompt"), "work", change),
    edit(index: number) {
      const found = pick(undecided.values(), index);
      if (found) offer(found.prompt.id, `${found.prompt.body.text}+`);
    },
    withdraw(index: number) {
      const id = pick(undecided.keys(), index);
      if (id === undefined) return;
      undecided.delete(id);
      intake.withdraw({ type: "prompt.withdraw", promptId: id, attempt: 1 });
    },
    /** @param answer undefined: the question cannot be put */
    answer(index: number, answer: PromptAnswer | undefined) {
      const asked = pick(open, index);
      if (!asked) return;
      const [id, question] = asked;
      open.delete(id);
      undecided.delete(id);
      if (answer) question.resolve(answer);
      else question.reject(new Error("there is no terminal"));
    },
  };
}
type Desk = ReturnType<typeof createDesk>;

const index = fc.nat(30);
const happening: fc.Arbitrary<(desk: Desk) => void> = fc.oneof(
  { weight: 3, arbitrary: fc.constant((desk: Desk) => desk.queue()) },
  { weight: 2, arbitrary: index.map((at) => (desk: Desk) => desk.withdraw(at)) },
  { weight: 1, arbitrary: index.map((at) => (desk: Desk) => desk.edit(at)) },
  { weight: 1, arbitrary: index.map((at) => (desk: Desk) => desk.answer(at, { decision: "run" })) },
  { weight: 1, arbitrary: index.map((at) => (desk: Desk) => desk.answer(at, { decision: "decline" })) },
  { weight: 1, arbitrary: index.map((at) => (desk: Desk) => desk.answer(at, undefined)) },
);

describe("runner: questions that wait for a place", () => {
  it("are asked as soon as a place is free, however it got free", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 40 }), async (happenings) => {
        const desk = createDesk();
        for (let count = 0; count < maxOpenQuestions + 4; count++) desk.queue();
        for (const happen of happenings) {
          happen(desk);
          await settle();
          assert.equal(desk.open.size, Math.min(maxOpenQuestions, desk.undecided.size));
          assert.equal(desk.intake.asking().length, desk.open.size);
        }
        desk.intake.stop();
      }),
      { numRuns: Number(process.env.BATON_FUZZ_RUNS ?? 500) },
    );
  }).timeout(60_000);

  it("are not put again at once where asking fails: they wait for the next offer", async () => {
    const desk = createDesk();
    desk.queue();
    await settle();
    const [offered] = desk.undecided.values();
    desk.answer(0, undefined);
    await settle();
    assert.equal(desk.open.size, 0);
    assert.ok(offered);
    desk.intake.offer(offered);
    await settle();
    assert.equal(desk.open.size, 1);
    desk.intake.stop();
  });

  it("are put again for another attempt: one yes is for one start", async () => {
    const session = { send: () => {}, request: async () => undefined } as unknown as LinkSession;
    const desk = createDesk(session);
    desk.queue();
    await settle();
    const [first] = desk.undecided.values();
    assert.ok(first);
    desk.answer(0, { decision: "run" });
    await settle();
    for (const attempt of [2, 3]) {
      desk.intake.offer({ ...first, prompt: { ...first.prompt, attempt } });
      await settle();
      assert.equal(desk.open.size, 1, `attempt ${attempt}`);
    }
    desk.intake.stop();
  });

  it("are put again when the same words come from somebody else", async () => {
    const desk = createDesk();
    desk.queue();
    await settle();
    const [first] = desk.undecided.values();
    assert.ok(first);
    desk.answer(0, { decision: "run" });
    await settle();
    assert.equal(desk.open.size, 0);
    desk.intake.offer({ ...first, prompt: { ...first.prompt, memberId: newId("member") } });
    await settle();
    assert.equal(desk.open.size, 1);
    desk.intake.stop();
  });

  it("come before the end of the server that another one is to replace, and a no leaves it where it is", async () => {
    const session = { send: () => {}, request: async () => undefined } as unknown as LinkSession;
    for (const decision of ["decline", "run"] as const) {
      const desk = createDesk(session);
      const replaces = newId("run");
      const body = { text: "npm run dev", server: { restarts: false, replaces } };
      desk.queue({ agent: devServerAgent, mode: "interactive", body });
      await settle();
      const [offered] = desk.undecided.values();
      assert.equal(desk.open.size, 1);
      assert.deepEqual(desk.ended, []);
      desk.answer(0, { decision });
      await settle();
      const by = { kind: "member", ...offered?.author };
      assert.deepEqual(desk.ended, decision === "run" ? [[replaces, by]] : []);
      desk.intake.stop();
    }
  });
});
