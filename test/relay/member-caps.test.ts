import assert from "node:assert/strict";
import { newId } from "#protocol/ids";
import {
  maxEventStreams,
  maxEventStreamsPerMember,
  maxOpenPrompts,
  maxOpenPromptsPerMember,
  maxOpenRunsPerRunner,
  maxOpenTickets,
  maxOpenTicketsPerMember,
  ticketMs,
} from "#relay/caps";
import type { ParsedPrompt } from "#relay/domain/queue";
import { createSeats } from "#relay/domain/seats";
import { createTickets } from "#relay/domain/tickets";
import type { RunnerLink } from "#relay/sockets/runner-link";
import { receiveFromRunner } from "#relay/sockets/runner-messages";
import { startDomain, type TestDomain } from "#test/support/relay-domain";
import { scriptedRun } from "#test/support/runner-client";

describe("relay: what one may hold at a time", () => {
  let test: TestDomain;
  beforeEach(async () => {
    test = await startDomain();
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const wish = (runnerId: string): ParsedPrompt => ({
    target: { runnerId },
    agent: "echo",
    mode: "once",
    access: "edit",
    body: { text: "say hello" },
  });

  it("keeps one member's tickets from taking everybody's, and takes them back by use and by age", () => {
    let now = 1_000_000;
    const tickets = createTickets(() => now);
    const holder = { memberId: newId("member"), needsOrigin: true };
    const other = { memberId: newId("member"), needsOrigin: true };
    const made = Array.from({ length: maxOpenTicketsPerMember }, () => tickets.make(holder).ticket);
    const refused = { code: "too_many", params: { what: "open tickets of yours", max: maxOpenTicketsPerMember } };
    assert.throws(() => tickets.make(holder), refused);
    tickets.make(other);
    assert.equal(tickets.use(made[0] ?? "").memberId, holder.memberId);
    assert.throws(() => tickets.use(made[0] ?? ""), { code: "ticket_invalid" });
    tickets.make(holder);
    assert.throws(() => tickets.make(holder), refused);
    now += ticketMs;
    for (let i = 0; i < maxOpenTicketsPerMember; i++) tickets.make(holder);
    assert.throws(() => tickets.make(holder), refused);
    assert.ok(maxOpenTicketsPerMember < maxOpenTickets);
  });

  it("gives a seat back once, however often that is said, and has room for so many in all", () => {
    const seats = createSeats("event streams", { maxEach: 2, maxAll: 3 });
    seats.take("ana");
    seats.take("ana");
    assert.throws(() => seats.take("ana"), { params: { what: "event streams of yours", max: 2 } });
    seats.take("ben");
    assert.throws(() => seats.take("ben"), { params: { what: "event streams", max: 3 } });
    seats.give("ana");
    seats.give("nobody");
    seats.take("ben");
    assert.throws(() => seats.take("ana"), { code: "too_many" });
    assert.ok(maxEventStreamsPerMember < maxEventStreams);
  });

  it("leaves room in the queue for the others, and holds so many prompts in all", async () => {
    const { domain, owner } = test;
    const runnerId = await test.addRunner();
    const add = (by = owner) => domain.queue.add(by, wish(runnerId), undefined);
    const fill = (by = owner) => Promise.all(Array.from({ length: maxOpenPromptsPerMember }, () => add(by)));
    const [first] = await fill();
    await assert.rejects(add(), { code: "too_many", params: { what: "open prompts of yours", max: 500 } });
    await domain.queue.cancel(owner, first?.prompt.id ?? "");
    await add();
    for (let left = maxOpenPrompts / maxOpenPromptsPerMember - 1; left > 0; left--) {
      await fill(await test.addMember(`Ben ${left}`, "prompter"));
    }
    const late = await test.addMember("Late", "prompter");
    await assert.rejects(add(late), { code: "queue_full", params: { max: maxOpenPrompts } });
    assert.equal(domain.queue.open().length, maxOpenPrompts);
  });

  it("takes so many open runs of one runner, and one more when one has ended", async () => {
    const { runs } = test.domain;
    const runnerId = await test.addRunner();
    const begin = async (of = runnerId) => {
      const run = scriptedRun(of);
      await runs.begin(of, run.header);
      return run;
    };
    const made = await Promise.all(Array.from({ length: maxOpenRunsPerRunner }, () => begin()));
    await assert.rejects(begin(), { code: "too_many" });
    const warned: object[] = [];
    const link = {
      deps: { domain: test.domain, log: { warn: (details: object) => warned.push(details) } },
      persist: (work: () => Promise<void>) => work(),
    } as unknown as RunnerLink;
    const { header } = scriptedRun(runnerId);
    await receiveFromRunner(link, runnerId, { type: "run.begin", header });
    assert.equal(await runs.get(header.id), undefined, "its link goes on, without that run");
    assert.equal(warned.length, 1);
    await begin(await test.addRunner());
    await runs.begin(runnerId, made[0]?.header ?? scriptedRun(runnerId).header);
    await runs.lost(runnerId, made[0]?.id ?? "");
    await begin();
  });
});
