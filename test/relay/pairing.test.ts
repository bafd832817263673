import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rawRequest } from "#test/support/raw-http";
import { startDomain } from "#test/support/relay-domain";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import {
  connectRunner,
  joinRelay,
  newRunnerIdentity,
  type RunnerIdentity,
  testReport,
} from "#test/support/runner-client";
import { until } from "#test/support/until";

describe("relay: runners", () => {
  let team: RelayTeam;
  before(async () => {
    team = await startTeam();
  });
  after(() => team[Symbol.asyncDispose]());

  const post = (path: string, body?: unknown, cookies?: string) =>
    rawRequest(team.relay.url, "POST", path, {
      ...(body !== undefined && { body }),
      ...(cookies ? { cookies } : { origin: null }),
    });
  const start = async ({ runnerId, publicKey, body }: RunnerIdentity) =>
    (await post("/api/pairings", { runnerId, publicKey, body })).json;
  const pair = async (identity: RunnerIdentity) => {
    const { deviceCode, userCode } = await start(identity);
    await post(`/api/pairings/${userCode}/approve`, undefined, team.owner.cookies);
    return String((await post("/api/pairings/finish", { deviceCode })).json.deviceId);
  };

  it("pairs by a code that an owner approves, having seen host, folder and key", async () => {
    const identity = await newRunnerIdentity();
    const { deviceCode, userCode, verificationUrl } = await start(identity);
    assert.match(String(userCode), /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    assert.ok(20 ** 8 >= 2 ** 34);
    assert.equal(verificationUrl, `${team.relay.url}/pair?code=${userCode}`);
    assert.equal((await post("/api/pairings/finish", { deviceCode })).code, "pairing_pending");
    const typed = String(userCode).toLowerCase().replace("-", " ");
    const shown = await rawRequest(team.relay.url, "GET", `/api/pairings/${encodeURIComponent(typed)}`, {
      cookies: team.owner.cookies,
    });
    assert.equal(shown.json.body?.host, "desk");
    assert.match(String(shown.json.fingerprint), /^SHA256:[A-Za-z0-9_-]{43}$/);
    const runner = await post(`/api/pairings/${userCode}/approve`, undefined, team.owner.cookies);
    assert.equal(runner.json.memberId, team.owner.memberId);
    const finished = await post("/api/pairings/finish", { deviceCode });
    assert.equal(finished.json.memberId, team.owner.memberId);
    assert.deepEqual(
      (await post("/api/pairings/finish", { deviceCode })).json,
      finished.json,
      "the answer may be lost",
    );
    using link = await connectRunner({ url: team.relay.url, identity, deviceId: String(finished.json.deviceId) });
    assert.equal(link.welcome.memberId, team.owner.memberId);
    assert.equal(
      (await post(`/api/pairings/${userCode}/approve`, undefined, team.owner.cookies)).code,
      "pairing_invalid",
    );
  });

  it("says whose place a runner would take, and only where it would", async () => {
    const replaces = async (identity: RunnerIdentity, cookies = team.owner.cookies) => {
      const { userCode } = await start(identity);
      const shown = await rawRequest(team.relay.url, "GET", `/api/pairings/${userCode}`, { cookies });
      assert.equal(shown.status, 200);
      return shown.json.replaces;
    };
    const first = await newRunnerIdentity("shop");
    assert.equal(await replaces(first), undefined, "a new folder");
    await pair(first);
    assert.equal(await replaces(first), undefined, "the same key of the same member");
    const otherKey = { ...(await newRunnerIdentity("copy")), runnerId: first.runnerId };
    assert.deepEqual(await replaces(otherKey), { name: "shop", member: "Olga" });
    const other = await team.invite("owner", "Oda");
    assert.deepEqual(await replaces(first, other.cookies), { name: "shop", member: "Olga" }, "another member");
    await rawRequest(team.relay.url, "DELETE", `/api/runners/${first.runnerId}`, { cookies: team.owner.cookies });
    assert.equal(await replaces(otherKey), undefined, "a revoked runner gives its place up");
  });

  it("makes one runner of one code, however often it is approved at once", async () => {
    await using test = await startDomain();
    const { pairings, context, runners } = test.domain;
    const identity = await newRunnerIdentity("double-click");
    const { pairing, deviceCode } = await pairings.start(identity, "203.0.113.7");
    const approvals = [test.owner, test.owner, await test.addMember("Oda", "owner")].map((by) =>
      pairings.approve(pairing.userCode, by),
    );
    assert.throws(() => pairings.decline(pairing.userCode, test.owner.id), { code: "pairing_invalid" });
    assert.deepEqual([...new Set(await Promise.all(approvals))], [identity.runnerId]);
    const { deviceId, memberId } = pairings.finish(deviceCode);
    assert.deepEqual([runners.need(identity.runnerId).deviceId, memberId], [deviceId, test.owner.id]);
    const devices = context.store.documents.all("devices").map(({ id }) => id);
    assert.deepEqual(devices, [deviceId], "no key is made and thrown away");
  });

  it("declines", async () => {
    const { deviceCode, userCode } = await start(await newRunnerIdentity());
    assert.equal((await post(`/api/pairings/${userCode}/decline`, undefined, team.owner.cookies)).status, 204);
    assert.equal((await post("/api/pairings/finish", { deviceCode })).code, "pairing_declined");
  });

  it("lets nobody guess codes", async () => {
    const guesser = await team.invite("owner", "Gus");
    const guess = () => rawRequest(team.relay.url, "GET", "/api/pairings/BBBB-BBBB", { cookies: guesser.cookies });
    for (let i = 0; i < 5; i++) assert.equal((await guess()).code, "pairing_invalid");
    const refused = await guess();
    assert.equal(refused.code, "rate_limited");
    assert.ok(Number(refused.headers["retry-after"]) > 500);
  });

  it("joins machines by a token, as often as it says", async () => {
    const made = await post("/api/join-tokens", { uses: 1, labels: ["gpu"] }, team.owner.cookies);
    const secret = String(made.json.secret);
    const plain = await newRunnerIdentity("gpu-1");
    const identity = { ...plain, body: { ...plain.body, labels: ["big", "gpu"], concurrency: 2 } };
    const deviceId = await joinRelay(team.relay.url, secret, identity);
    const { runners } = await team.owner.client.call("listRunners");
    const runner = runners.find(({ id }) => id === identity.runnerId);
    assert.deepEqual(runner?.labels, ["gpu", "big"]);
    assert.equal(runner?.concurrency, 2);
    assert.equal(runner?.memberId, team.owner.memberId);
    assert.equal(runner?.deviceId, deviceId);
    await assert.rejects(joinRelay(team.relay.url, secret, await newRunnerIdentity()), /join_token_invalid/);
    await assert.rejects(joinRelay(team.relay.url, "join_nonsense", await newRunnerIdentity()), /join_token_invalid/);
  });

  it("costs no second use when the answer was lost", async () => {
    const made = await post("/api/join-tokens", { uses: 2 }, team.owner.cookies);
    const identity = await newRunnerIdentity();
    const first = await joinRelay(team.relay.url, String(made.json.secret), identity);
    assert.equal(await joinRelay(team.relay.url, String(made.json.secret), identity), first);
    const open = await rawRequest(team.relay.url, "GET", "/api/join-tokens", { cookies: team.owner.cookies });
    const uses = [...(open.json.joinTokens ?? [])].find((token) => token.id === made.json.joinToken?.id)?.uses;
    assert.equal(uses, 1);
  });

  it("lets only a join token of the server's own machine take a runner's place", async () => {
    const paired = await team.pair("lost-key");
    const renewed = { ...(await newRunnerIdentity("lost-key")), runnerId: paired.identity.runnerId };
    const ofOwner = await post("/api/join-tokens", { mayReplace: true }, team.owner.cookies);
    await assert.rejects(joinRelay(team.relay.url, String(ofOwner.json.secret), renewed), /not_yours/);
    const { token } = JSON.parse(readFileSync(join(team.relay.dataFolder, "server.json"), "utf8"));
    const ofServer = await rawRequest(team.relay.url, "POST", "/api/server/join-tokens", {
      ...{ token, origin: null, body: { mayReplace: true } },
    });
    const deviceId = await joinRelay(team.relay.url, String(ofServer.json.secret), renewed);
    using link = await connectRunner({ url: team.relay.url, identity: renewed, deviceId });
    assert.ok(link.welcome);
  });

  it("refuses who cannot prove the key", async () => {
    const paired = await team.pair();
    const impostor = { ...(await newRunnerIdentity()), runnerId: paired.identity.runnerId };
    await assert.rejects(paired.connect({ identity: impostor }), /signature_invalid/);
    await assert.rejects(paired.connect({ deviceId: (await team.pair()).deviceId }), /signature_invalid/);
    const replayed = { ...paired.identity, sign: () => paired.identity.sign('{"purpose":"baton-runner-link"}') };
    await assert.rejects(paired.connect({ identity: replayed }), /signature_invalid/);
  });

  it("lets the newest connection of a folder serve it", async () => {
    const paired = await team.pair("twice");
    using first = await paired.connect();
    using second = await paired.connect();
    const told = await first.next("error");
    assert.equal(told.error.code, "runner_replaced");
    assert.equal(await first.closed, 1008);
    await team.queue({ runnerId: paired.identity.runnerId });
    assert.ok(await second.next("prompt.offer"));
  });

  it("lets a folder that was paired again be served by the new key only", async () => {
    const old = await newRunnerIdentity("moved");
    const oldDevice = await pair(old);
    const renewed = { ...(await newRunnerIdentity("moved")), runnerId: old.runnerId };
    const newDevice = await pair(renewed);
    await assert.rejects(connectRunner({ url: team.relay.url, identity: old, deviceId: oldDevice }), /runner_replaced/);
    using link = await connectRunner({ url: team.relay.url, identity: renewed, deviceId: newDevice });
    assert.ok(link.welcome);
  });

  it("revokes a runner: its socket closes within 5 s, and it does not come back", async () => {
    const paired = await team.pair("revoked");
    using link = await paired.connect();
    const viewer = await team.owner.viewer();
    const shown = viewer.next("changed", ({ runners }) => runners?.some((r) => r.state === "revoked") ?? false);
    const at = performance.now();
    const answer = await rawRequest(team.relay.url, "DELETE", `/api/runners/${paired.identity.runnerId}`, {
      cookies: team.owner.cookies,
    });
    assert.equal(answer.status, 204);
    const told = await link.next("error");
    assert.deepEqual(told.error, { code: "runner_revoked", params: { by: "Olga" } });
    await link.closed;
    assert.ok(performance.now() - at < 5_000);
    await shown;
    await assert.rejects(paired.connect(), /runner_revoked/);
    viewer.close();
  });

  it("shows presence: online, paused, and what a check says", async () => {
    const paired = await team.pair("present");
    const state = async () => {
      const { runners } = await team.owner.client.call("listRunners");
      return runners.find(({ id }) => id === paired.identity.runnerId);
    };
    assert.equal((await state())?.state, "away");
    using link = await paired.connect();
    assert.equal((await state())?.state, "online");
    link.send({ type: "heartbeat", report: testReport({ policy: "paused" }) });
    await until("paused", async () => ((await state())?.state === "paused" ? true : undefined));
    const checked = team.owner.client.call("checkRunner", { params: { id: paired.identity.runnerId } });
    const { id } = await link.next("runner.check");
    link.send({ type: "heartbeat", report: testReport({ load: 0.5 }) });
    link.send({ type: "reply", re: id });
    const runner = await checked;
    assert.equal(runner.report?.load, 0.5);
    assert.equal(runner.state, "online");
  });

  it("lets its own member say who prompts it", async () => {
    const paired = await team.pair("mine");
    const ben = await team.invite("prompter", "Ben");
    const id = paired.identity.runnerId;
    const change = (cookies: string, body: unknown) =>
      rawRequest(team.relay.url, "PATCH", `/api/runners/${id}`, { cookies, body });
    assert.equal((await change(ben.cookies, { name: "his" })).code, "role_required");
    const other = await team.invite("owner", "Ona");
    assert.equal((await change(other.cookies, { promptedBy: [other.memberId] })).code, "not_yours");
    assert.equal((await change(other.cookies, { name: "desk of Olga" })).json.body?.name, "desk of Olga");
    assert.equal((await change(team.owner.cookies, { promptedBy: [] })).status, 200);
    const wish = { target: { runnerId: id }, agent: "echo", body: { text: "hi" } };
    const refused = await rawRequest(team.relay.url, "POST", "/api/prompts", { cookies: ben.cookies, body: wish });
    assert.equal(refused.code, "runner_prompt_refused");
    assert.equal(
      (await rawRequest(team.relay.url, "POST", "/api/prompts", { cookies: team.owner.cookies, body: wish })).status,
      200,
    );
  });
});
