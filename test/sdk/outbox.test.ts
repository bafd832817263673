import assert from "node:assert/strict";
import { newId } from "#protocol/ids";
import { maxOutboxPrompts, outboxSendsForMs } from "#sdk/caps";
import { createClient } from "#sdk/client";
import { createOutbox, type KeyValueStorage, type Outbox } from "#sdk/outbox";

/** A browser's storage that outlives its page. */
class Memory implements KeyValueStorage {
  private readonly values = new Map<string, string>();
  get length(): number {
    return this.values.size;
  }
  key(index: number): string | null {
    return [...this.values.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }
  removeItem(key: string): void {
    this.values.delete(key);
  }
}

/** A relay that queues by key, and loses an answer when it is told to. */
class Queue {
  readonly byKey = new Map<string, { readonly id: string; readonly text: string }>();
  loseAnswers = 0;
  refuse = false;

  readonly fetch: typeof fetch = async (_input, init) => {
    const key = new Headers(init?.headers).get("idempotency-key") ?? "";
    const request = JSON.parse(String(init?.body)) as { body: { text: string } };
    if (this.refuse) return problem(422, "no_such_agent", { runner: "web", agent: "echo" });
    const known = this.byKey.get(key) ?? { id: newId("prompt"), text: request.body.text };
    this.byKey.set(key, known);
    if (this.loseAnswers-- > 0) throw new TypeError("the answer was lost");
    return Response.json(promptOf(known.id, request));
  };
}

const problem = (status: number, code: string, params: object) =>
  new Response(JSON.stringify({ type: "", title: "", status, code, params, requestId: "r" }), { status });
const promptOf = (id: string, request: object) => ({
  v: 1,
  rev: 1,
  id,
  createdAt: 1,
  expiresAt: 2,
  memberId: newId("member"),
  mode: "once",
  access: "edit",
  threadId: newId("thread"),
  state: "queued",
  attempt: 1,
  position: 1,
  ...request,
});
const request = (text: string) => ({ target: { label: "node" }, agent: "echo", body: { text } });

function open(
  storage: Memory,
  queue: Queue,
  isLive = () => true,
  now = Date.now,
): { outbox: Outbox; queued: string[] } {
  const queued: string[] = [];
  const client = createClient({ baseUrl: "http://relay.test", fetch: queue.fetch });
  const told = (prompt: { readonly id: string }) => queued.push(prompt.id);
  const outbox = createOutbox({ client, storage, account: "ana", isLive, queued: told, now });
  return { outbox, queued };
}

describe("outbox", () => {
  it("queues once, though the answer was lost and the page died", async () => {
    const [storage, queue] = [new Memory(), new Queue()];
    const first = open(storage, queue);
    first.outbox.add(request("one"));
    queue.loseAnswers = 3;
    await first.outbox.flush();
    assert.equal(first.outbox.get()[0]?.state, "waiting");
    const second = open(storage, queue);
    assert.equal(second.outbox.get().length, 1);
    await second.outbox.flush();
    assert.equal(queue.byKey.size, 1);
    assert.equal(second.queued.length, 1);
    assert.equal(storage.length, 0);
  });

  it("keeps what is written offline, in its order", async () => {
    const [storage, queue] = [new Memory(), new Queue()];
    const { outbox } = open(storage, queue, () => false);
    for (const text of ["one", "two", "three"]) outbox.add(request(text));
    await outbox.flush();
    assert.equal(queue.byKey.size, 0);
    const later = open(storage, queue);
    await later.outbox.flush();
    assert.deepEqual([...queue.byKey.values()].map(({ text }) => text).sort(), ["one", "three", "two"]);
    assert.equal(later.outbox.get().length, 0);
  });

  it("keeps a refused prompt with its reason until somebody decides", async () => {
    const [storage, queue] = [new Memory(), new Queue()];
    queue.refuse = true;
    const { outbox } = open(storage, queue);
    const key = outbox.add(request("one"));
    await outbox.flush();
    assert.equal(outbox.get()[0]?.error?.code, "no_such_agent");
    assert.equal(storage.length, 1);
    outbox.remove(key);
    assert.equal(storage.length, 0);
  });

  it("asks before it sends what the relay may have queued and forgotten the key of", async () => {
    const [storage, queue] = [new Memory(), new Queue()];
    const first = open(storage, queue);
    first.outbox.add(request("one"));
    queue.loseAnswers = 3;
    await first.outbox.flush();
    first.outbox.close();
    queue.byKey.clear();
    const later = open(storage, queue, undefined, () => Date.now() + outboxSendsForMs);
    await later.outbox.flush();
    assert.equal(queue.byKey.size, 0, "nothing is sent by itself");
    assert.equal(later.outbox.get()[0]?.state, "old");
    later.outbox.renew(later.outbox.get()[0]?.key ?? "");
    assert.equal(later.outbox.get().length, 1);
    await later.outbox.flush();
    assert.deepEqual(
      [...queue.byKey.values()].map(({ text }) => text),
      ["one"],
    );
    assert.equal(storage.length, 0);
  });

  it("has a cap", () => {
    const { outbox } = open(new Memory(), new Queue(), () => false);
    for (let i = 0; i < maxOutboxPrompts; i++) outbox.add(request(String(i)));
    assert.throws(() => outbox.add(request("more")), { code: "queue_full" });
  });

  it("leaves another account's prompts alone", () => {
    const storage = new Memory();
    open(storage, new Queue(), () => false).outbox.add(request("one"));
    const client = createClient({ baseUrl: "http://relay.test", fetch: new Queue().fetch });
    const other = createOutbox({ client, storage, account: "ben", isLive: () => false, queued: () => {} });
    assert.equal(other.get().length, 0);
  });

  it("sends nothing any more once it is closed, and keeps what waits for the next time", async () => {
    const [storage, queue] = [new Memory(), new Queue()];
    const { outbox, queued } = open(storage, queue);
    outbox.add(request("first"));
    outbox.add(request("second"));
    const flushing = outbox.flush();
    outbox.close();
    await flushing;
    await outbox.flush();
    assert.deepEqual(queued, []);
    assert.deepEqual(
      [...queue.byKey.values()].map(({ text }) => text),
      ["first"],
      "what was on its way already",
    );
    const again = open(storage, queue);
    await again.outbox.flush();
    assert.equal(again.queued.length, 1);
    assert.equal(queue.byKey.size, 2);
  });
});
