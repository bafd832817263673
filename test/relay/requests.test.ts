import assert from "node:assert/strict";
import { checkBurst, maxEventStreamsPerMember } from "#relay/caps";
import { cookiesOf, rawRequest } from "#test/support/raw-http";
import { startRelayProcess, type TestRelay } from "#test/support/relay";
import { startTeam } from "#test/support/relay-team";
import { scriptedRun } from "#test/support/runner-client";
import { until } from "#test/support/until";

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

  it("asks a runner for its report as often as is good for its machine", async () => {
    await using team = await startTeam();
    const runner = await team.pair();
    const check = () =>
      rawRequest(team.relay.url, "POST", `/api/runners/${runner.identity.runnerId}/check`, {
        cookies: team.owner.cookies,
      });
    for (let i = 0; i < checkBurst; i++) assert.equal((await check()).code, "runner_away");
    assert.equal((await check()).code, "rate_limited", "also where writes are hardly limited");
  });

  it("holds so many event streams for a member, and has room again when one is closed", async () => {
    await using team = await startTeam();
    const runner = await team.pair();
    using link = await runner.connect();
    const run = scriptedRun(runner.identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.output("hello"));
    await link.next("run.ack");
    const open = async (token: string) => {
      const leaving = new AbortController();
      const response = await fetch(`${team.relay.url}/api/runs/${run.id}/stream`, {
        headers: { authorization: `Bearer ${token}` },
        signal: leaving.signal,
      });
      return { status: response.status, close: () => leaving.abort() };
    };
    const streams = await Promise.all(Array.from({ length: maxEventStreamsPerMember }, () => open(team.owner.token)));
    assert.deepEqual([...new Set(streams.map(({ status }) => status))], [200]);
    assert.equal((await open(team.owner.token)).status, 429);
    const ben = await team.invite("viewer", "Ben");
    const other = await open(ben.token);
    assert.equal(other.status, 200);
    streams[0]?.close();
    const again = await until("room for another one", async () => {
      const stream = await open(team.owner.token);
      return stream.status === 200 ? stream : undefined;
    });
    for (const stream of [...streams, other, again]) stream.close();
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
