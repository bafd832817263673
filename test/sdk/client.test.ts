import assert from "node:assert/strict";
import { BatonError, UnknownPeerError } from "#protocol/errors";
import { newId } from "#protocol/ids";
import { createClient } from "#sdk/client";

type Answer = (request: { url: URL; init: RequestInit }) => Response | Promise<Response>;

function clientWith(answer: Answer): ReturnType<typeof createClient> {
  return createClient({
    baseUrl: "http://relay.test",
    fetch: async (input, init) => await answer({ url: new URL(String(input)), init: init ?? {} }),
  });
}

const problem = (status: number, code: string, params = {}) =>
  new Response(JSON.stringify({ type: "about:blank", title: "", status, code, params, requestId: "r" }), {
    status,
    headers: { "content-type": "application/problem+json" },
  });
const member = { v: 1, rev: 1, id: newId("member"), name: "Ana", role: "owner", createdAt: 1 };
const signedIn = { member, relay: { id: newId("relay"), name: "team", version: "1" } };
const prompt = {
  v: 1,
  rev: 1,
  id: newId("prompt"),
  createdAt: 1,
  expiresAt: 2,
  memberId: member.id,
  target: { label: "node" },
  agent: "echo",
  mode: "once",
  access: "edit",
  threadId: newId("thread"),
  state: "queued",
  attempt: 1,
  position: 1,
  body: { text: "hi" },
};
const newPrompt = { body: { target: { label: "node" }, agent: "echo", body: { text: "hi" } } };

describe("client", () => {
  it("refreshes an ended session once for any number of requests", async () => {
    let refreshes = 0;
    let fresh = false;
    const client = clientWith(async ({ url }) => {
      if (url.pathname === "/api/session/refresh") {
        refreshes++;
        await new Promise((resolve) => setImmediate(resolve));
        fresh = true;
        return Response.json(signedIn);
      }
      return fresh ? Response.json({ members: [member] }) : problem(401, "session_expired");
    });
    const answers = await Promise.all(Array.from({ length: 5 }, () => client.call("listMembers")));
    assert.equal(refreshes, 1);
    assert.equal(
      answers.every((answer) => answer.members[0]?.name === "Ana"),
      true,
    );
  });

  it("says so when the session cannot be refreshed", async () => {
    const client = clientWith(() => problem(401, "session_reused"));
    await assert.rejects(client.call("listMembers"), (error) => (error as BatonError).code === "session_reused");
  });

  it("tries a prompt again with the same key when the answer is lost", async () => {
    const keys: (string | null)[] = [];
    const client = clientWith(({ init }) => {
      keys.push(new Headers(init.headers).get("idempotency-key"));
      if (keys.length < 3) throw new TypeError("fetch failed");
      return Response.json(prompt);
    });
    const queued = await client.call("queuePrompt", newPrompt);
    assert.equal(queued.id, prompt.id);
    assert.equal(keys.length, 3);
    assert.equal(new Set(keys).size, 1);
    assert.match(keys[0] ?? "", /^[0-9a-f]{32}$/);
  });

  it("never repeats a change that is not safe to repeat", async () => {
    let tries = 0;
    const client = clientWith(() => {
      tries++;
      throw new TypeError("fetch failed");
    });
    await assert.rejects(client.call("makeLink"), (error) => (error as BatonError).code === "connection_lost");
    assert.equal(tries, 1);
  });

  it("turns problem documents into errors, those of a newer relay too", async () => {
    const client = clientWith(({ url }) =>
      url.pathname === "/api/links"
        ? problem(403, "role_required", { required: "owner", role: "viewer" })
        : problem(418, "teapot"),
    );
    await assert.rejects(
      client.call("makeLink"),
      (error) => error instanceof BatonError && /owner/.test(error.message),
    );
    await assert.rejects(
      client.call("signOut"),
      (error) => error instanceof UnknownPeerError && error.code === "teapot",
    );
  });

  it("survives a proxy that answers in its own words", async () => {
    const client = clientWith(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await assert.rejects(client.call("signOut"), (error) => (error as BatonError).code === "connection_lost");
  });

  it("fills in and escapes what an address needs", () => {
    const client = clientWith(() => new Response(null, { status: 204 }));
    assert.equal(client.url("readPairing", { params: { code: "A/B" } }), "http://relay.test/api/pairings/A%2FB");
    assert.equal(
      client.url("listRuns", { query: { q: "a b", cursor: undefined, limit: 10 } }),
      "http://relay.test/api/runs?q=a+b&limit=10",
    );
  });

  it("takes an answer that was cut on its way for a lost connection, not for a refusal", async () => {
    const half = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"members":['));
        controller.error(new TypeError("terminated"));
      },
    });
    const client = clientWith(() => new Response(half, { headers: { "content-type": "application/json" } }));
    await assert.rejects(client.call("listMembers"), { code: "connection_lost" });
  });

  it("says so when the whole of an answer is no JSON", async () => {
    const client = clientWith(() => new Response("<html>", { headers: { "content-type": "text/html" } }));
    await assert.rejects(client.call("listMembers"), { code: "not_a_relay" });
  });
});
