import assert from "node:assert/strict";
import { cookiesOf, rawRequest } from "#test/support/raw-http";
import { startRelayProcess, type TestRelay } from "#test/support/relay";
import { startTeam } from "#test/support/relay-team";

describe("relay: limits and the audit log", () => {
  let relay: TestRelay;
  let cookies: string;
  before(async () => {
    relay = await startRelayProcess();
    const secret = new URL(relay.link ?? "").hash.slice("#link=".length);
    cookies = cookiesOf(await rawRequest(relay.url, "POST", "/api/session", { body: { secret, name: "Olga" } }));
  });
  after(() => relay.stop());

  it("takes a burst, then a write a second, and says when to try again", async () => {
    const write = () => rawRequest(relay.url, "POST", "/api/links", { cookies, body: {} });
    let taken = 0;
    let answer = await write();
    for (; answer.status === 200; answer = await write()) taken += 1;
    assert.ok(taken >= 30 && taken <= 65, `${taken} writes`);
    assert.equal(answer.status, 429);
    assert.equal(answer.code, "rate_limited");
    assert.equal(answer.headers["retry-after"], String(answer.json.params?.retryAfterSeconds));
    const reading = await rawRequest(relay.url, "GET", "/api/runs", { cookies });
    assert.equal(reading.status, 200);
    assert.equal((await rawRequest(relay.url, "POST", "/api/tickets", { cookies })).status, 200);
  });

  it("limits those who are not signed in by their address", async () => {
    const guess = () => rawRequest(relay.url, "POST", "/api/session", { body: { secret: "guess" } });
    const codes = new Set<string | undefined>();
    for (let i = 0; i < 130; i++) codes.add((await guess()).code);
    assert.deepEqual([...codes], ["link_invalid", "rate_limited"]);
  });

  it("writes down who did what, when and from where", async () => {
    await using team = await startTeam();
    const startedAt = Date.now();
    const ben = await team.invite("prompter", "Ben");
    const runner = await team.pair();
    const prompt = await ben.client.call("queuePrompt", {
      body: { target: { runnerId: runner.identity.runnerId }, agent: "echo", body: { text: "a secret plan" } },
    });
    await ben.client.call("cancelPrompt", { params: { id: prompt.id } });
    const page = await rawRequest(team.relay.url, "GET", "/api/audit?limit=200", { cookies: team.owner.cookies });
    const entries = [...(page.json.entries ?? [])];
    assert.deepEqual(
      entries.map(({ action }) => action).slice(0, 3),
      ["cancelPrompt", "queuePrompt", "join"],
      "newest first",
    );
    for (const entry of entries) {
      assert.equal(entry.from, "127.0.0.1");
      assert.ok(Number(entry.at) >= startedAt - 60_000);
    }
    assert.deepEqual([entries[0]?.memberId, entries[0]?.target], [ben.memberId, prompt.id]);
    assert.ok(entries.some(({ action }) => action === "signIn"));
    assert.doesNotMatch(page.text, /a secret plan|join_|baton_/);
  });
});
