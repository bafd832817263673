import assert from "node:assert/strict";
import type { Socket } from "node:net";
import type { Prompt } from "#protocol/documents";
import { parseMessage } from "#protocol/json";
import { ToViewer } from "#protocol/viewer-link";
import { maxStatePageBytes } from "#relay/caps";
import { type Connection, createConnection } from "#sdk/connection";
import { createTeamStore, type TeamStore } from "#sdk/team-store";
import { baton } from "#test/support/baton";
import type { Person } from "#test/support/people";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { scriptedRun } from "#test/support/runner-client";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

const KiB = 1024;
const text = "x".repeat(256 * KiB);
const promptsEach = 250;

describe("relay: a state that is larger than a message", () => {
  let team: RelayTeam;
  let bob: Person;
  const queued = new Set<string>();
  let lastOfBob = "";
  const queueAs = async (person: Person, body = text) => {
    const target = { label: "nobody" };
    const wish = { target, agent: "echo", mode: "once" as const, access: "edit" as const, body: { text: body } };
    const prompt: Prompt = await person.client.call("queuePrompt", { body: wish });
    queued.add(prompt.id);
    if (person === bob) lastOfBob = prompt.id;
    return prompt;
  };
  const open: Connection[] = [];
  const follow = (
    person: Person,
  ): { connection: Connection; store: TeamStore; sizes: number[]; drops: () => number } => {
    const connection = createConnection({ client: person.client });
    const store = createTeamStore();
    const sizes: number[] = [];
    let drops = 0;
    connection.listen({
      message(message) {
        sizes.push(JSON.stringify(message).length);
        store.receive(message);
      },
      disconnected: () => {
        drops += 1;
      },
    });
    connection.start();
    open.push(connection);
    return { connection, store, sizes, drops: () => drops };
  };
  const complete = (store: TeamStore) =>
    until("the state is complete", async () => (store.get().complete ? true : undefined), 30_000);

  before(async function () {
    this.timeout(60_000);
    team = await startTeam();
    bob = await team.invite("approver", "Bob");
    for (let i = 0; i < promptsEach; i += 10) {
      await Promise.all([team.owner, bob].flatMap((by) => Array.from({ length: 10 }, () => queueAs(by))));
    }
  });
  afterEach(() => {
    for (const connection of open.splice(0)) connection.stop();
  });
  after(() => team[Symbol.asyncDispose]());

  it("comes to the SDK in pages, whole, while the queue changes", async function () {
    this.timeout(60_000);
    const { connection, store, sizes, drops } = follow(bob);
    await until("the first page", async () => (store.get().loaded ? true : undefined));
    assert.equal(store.get().complete, false);
    assert.equal(store.get().members.size, 2, "the small parts come first");
    const last = lastOfBob;
    const late = await queueAs(bob, "a late one");
    const { rev } = await team.prompt(last);
    const changed = await bob.client.call("changePrompt", {
      params: { id: last },
      body: { rev, text: "with another text" },
    });
    const [cancelled] = queued;
    await team.owner.client.call("cancelPrompt", { params: { id: cancelled ?? "" } });
    await complete(store);
    const { prompts } = store.get();
    await until("the changes", async () =>
      prompts.has(late.id) || store.get().prompts.has(late.id) ? true : undefined,
    );
    await until("it is cancelled", async () =>
      store.get().prompts.get(cancelled ?? "")?.state === "cancelled" ? true : undefined,
    );
    assert.deepEqual(new Set(store.get().prompts.keys()), queued);
    assert.equal(store.get().prompts.get(last)?.body.text, changed.body.text);
    assert.equal(store.get().welcomes, 1);
    assert.equal(drops(), 0);
    assert.equal(connection.state.get().phase, "live");
    assert.ok(Math.max(...sizes) < maxStatePageBytes + 4 * KiB, `${Math.max(...sizes)}`);
    queued.delete(cancelled ?? "");
  });

  it("is read slowly without a cut, and never more than a page waits for it", async function () {
    this.timeout(60_000);
    const viewer = await bob.viewer();
    const { _socket: socket } = viewer.socket as unknown as { _socket: Socket };
    const ids = new Set(viewer.welcome.prompts.map((prompt) => prompt.id));
    let isComplete = false;
    viewer.socket.on("message", (data: Buffer) => {
      // As an SDK would read it, whose messages have a cap.
      const message = parseMessage(ToViewer, data.toString()) as ToViewer;
      if (message.type !== "changed") return;
      for (const { id } of message.prompts ?? []) ids.add(id);
      isComplete ||= message.complete === true;
    });
    assert.equal(viewer.welcome.more, true);
    // Long enough for the relay's regular look at what waits in its sockets.
    for (let pause = 0; pause < 4; pause++) {
      socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 600));
      socket.resume();
      await viewer.next("changed");
    }
    await until("everything is here", async () => (isComplete ? true : undefined), 30_000);
    assert.deepEqual(ids, queued);
    viewer.close();
  });

  it("does not stand in the way of `baton run`", async function () {
    this.timeout(60_000);
    using temp = tempFolder("cli");
    const runner = await team.pair("desk", ["cli"]);
    using link = await runner.connect();
    const env = { BATON_RELAY: team.relay.url, BATON_TOKEN: team.owner.token };
    const cli = baton(["run", "hi", "--agent", "echo", "--label", "cli"], { home: temp.path, env });
    const { prompt } = await link.next("prompt.offer");
    const { id: promptId, attempt, threadId } = prompt;
    assert.equal(await link.claim(promptId, attempt), undefined);
    const run = scriptedRun(runner.identity.runnerId, { promptId, attempt, threadId });
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.record("status", { status: "running" }));
    link.sendBytes(run.output("hello\r\n"));
    link.sendBytes(run.record("exit", { end: "exited", exitCode: 3 }));
    const { code, stdout, stderr } = await cli;
    assert.deepEqual([code, stdout], [3, "hello\r\n"], stderr);
  });

  it("is told in pages too when much changes at once", async function () {
    this.timeout(60_000);
    const { store, sizes, drops } = follow(team.owner);
    await complete(store);
    sizes.length = 0;
    await team.owner.request("DELETE", `/api/members/${bob.memberId}`);
    const ofBob = () => [...store.get().prompts.values()].filter(({ memberId }) => memberId === bob.memberId);
    await until("all of Bob's are cancelled", async () =>
      ofBob().every(({ state }) => state === "cancelled") ? true : undefined,
    );
    assert.ok(ofBob().length >= promptsEach);
    assert.ok(Math.max(...sizes) < maxStatePageBytes + 4 * KiB, `${Math.max(...sizes)}`);
    assert.equal(drops(), 0);
  });
});
