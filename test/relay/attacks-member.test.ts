import assert from "node:assert/strict";
import { maxPromptExtrasJsonBytes, maxPromptTextBytes } from "#protocol/caps";
import type { Prompt } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { maxOpeningWatches } from "#relay/caps";
import type { Person } from "#test/support/people";
import { rawRequest } from "#test/support/raw-http";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { scriptedRun } from "#test/support/runner-client";
import { until } from "#test/support/until";
import { connectViewer } from "#test/support/viewer";

describe("relay: a member who wants more", () => {
  let team: RelayTeam;
  let ana: Person;
  let ben: Person;
  before(async () => {
    team = await startTeam();
    ana = await team.invite("prompter", "Ana");
    ben = await team.invite("prompter", "Ben");
  });
  after(() => team[Symbol.asyncDispose]());
  const call = (who: Person, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    rawRequest(team.relay.url, method, path, { token: who.token, headers, ...(body !== undefined && { body }) });
  const wish = (runnerId: string, more: object = {}) => ({
    target: { runnerId },
    agent: "echo",
    body: { text: "x" },
    ...more,
  });

  it("has idempotency keys of their own", async () => {
    const { identity } = await team.pair();
    const headers = { "idempotency-key": "the same" };
    const first = await call(ana, "POST", "/api/prompts", wish(identity.runnerId), headers);
    const other = await call(ben, "POST", "/api/prompts", wish(identity.runnerId, { body: { text: "y" } }), headers);
    assert.deepEqual([first.status, other.status], [200, 200]);
    assert.notEqual(first.json.id, other.json.id);
  });

  it("cannot change, cancel, restart or forget somebody else's prompt", async () => {
    const { identity } = await team.pair();
    const { json: prompt } = await call(ana, "POST", "/api/prompts", wish(identity.runnerId));
    const path = `/api/prompts/${prompt.id}`;
    for (const [method, where, body] of [
      ["PATCH", path, { rev: prompt.rev, text: "mine now" }],
      ["PATCH", path, { rev: prompt.rev, before: "last" }],
      ["DELETE", path, undefined],
      ["POST", `${path}/restart`, undefined],
      ["POST", `${path}/forget`, undefined],
    ] as const) {
      assert.equal((await call(ben, method, where, body)).code, "role_required", `${method} ${where}`);
    }
    const approver = await team.invite("approver", "Cleo");
    const changed = await call(approver, "PATCH", path, { rev: prompt.rev, access: "full" });
    assert.equal(changed.code, "not_yours", "an approver moves prompts and never rewrites them");
  });

  it("sets no field that is the relay's", async () => {
    const { identity } = await team.pair();
    const forged = {
      id: newId("prompt"),
      memberId: ana.memberId,
      state: "started",
      claimedBy: identity.runnerId,
      attempt: 9,
      position: -1,
      rev: 77,
      v: 3,
      runId: newId("run"),
      idempotencyKey: "k",
    };
    const { json: prompt } = await call(ben, "POST", "/api/prompts", wish(identity.runnerId, forged));
    const isUntouched = (one: Prompt) => {
      assert.equal(one.memberId, ben.memberId);
      assert.deepEqual([one.state, one.attempt, one.v], ["queued", one.attempt, 1]);
      assert.equal(one.claimedBy, undefined);
      assert.equal(one.runId, undefined);
      assert.ok(one.position >= 0);
    };
    assert.notEqual(prompt.id, forged.id);
    isUntouched(prompt);
    const patched = await call(ben, "PATCH", `/api/prompts/${prompt.id}`, { ...forged, rev: prompt.rev, text: "z" });
    assert.equal(patched.json.id, prompt.id);
    isUntouched(patched.json);
  });

  it("queues nothing that would cut the link of the runner it is for", async () => {
    const { identity } = await team.pair();
    const before = await call(ana, "POST", "/api/prompts", wish(identity.runnerId));
    const path = `/api/prompts/${before.json.id}`;
    const long = await call(ana, "PATCH", path, { rev: before.json.rev, text: "x".repeat(maxPromptTextBytes + 1) });
    assert.equal(long.code, "request_invalid");
    assert.equal((await call(ana, "PATCH", path, { rev: before.json.rev, text: " \n" })).code, "request_invalid");
    for (const body of [
      { text: "x", junk: "x".repeat(maxPromptExtrasJsonBytes) },
      { text: "\u0001".repeat(100_000) },
      { text: "x", env: Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`V${i}`, "\u0001".repeat(3_000)])) },
    ]) {
      assert.equal(
        (await call(ana, "POST", "/api/prompts", wish(identity.runnerId, { body }))).code,
        "request_invalid",
      );
    }
    const numbers = `{"target":{"runnerId":"${identity.runnerId}"},"agent":"echo","body":{"text":"a","n":[${"1e20,".repeat(50_000)}1]}}`;
    const grown = await rawRequest(team.relay.url, "POST", "/api/prompts", { token: ana.token, text: numbers });
    assert.equal(grown.code, "request_invalid", "numbers may be longer where they are written again");
    const most = {
      text: "\n".repeat(1) + "ä".repeat(maxPromptTextBytes / 2 - 1),
      junk: "x".repeat(maxPromptExtrasJsonBytes - 100),
    };
    const taken = await call(ana, "POST", "/api/prompts", wish(identity.runnerId, { body: most }));
    assert.equal(taken.status, 200);
    assert.ok(taken.text.length < 1024 * 1024);
  });

  it("sees and revokes no token, device or session of somebody else", async () => {
    const asBrowser = (who: Person, method: string, path: string) =>
      rawRequest(team.relay.url, method, path, { cookies: who.cookies });
    const { tokens } = (await asBrowser(ana, "GET", "/api/tokens")).json;
    const { devices } = (await asBrowser(ana, "GET", "/api/devices")).json;
    assert.equal((await asBrowser(ben, "DELETE", `/api/tokens/${tokens[0].id}`)).code, "not_found");
    assert.equal((await asBrowser(ben, "DELETE", `/api/devices/${devices[0].id}`)).code, "not_found");
    const everything = await asBrowser(ben, "GET", "/api/tokens");
    assert.doesNotMatch(everything.text, /secret|hash/i);
    assert.ok(!everything.text.includes(tokens[0].id));
    for (const path of ["/api/members", "/api/runners", "/api/runs", "/api/prompts"]) {
      assert.doesNotMatch((await asBrowser(ben, "GET", path)).text, /secretHash|refreshHash|previousHash|"key"/);
    }
  });

  it("types with nobody else's lease, and with no lease that was guessed", async () => {
    const runner = await team.pair();
    using link = await runner.connect();
    const run = scriptedRun(runner.identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.output("hi"));
    const cleo = await team.invite("approver", "Cleo");
    const dora = await team.invite("approver", "Dora");
    const [holder, thief] = [await cleo.viewer(), await dora.viewer()];
    for (const viewer of [holder, thief]) {
      viewer.send({ type: "run.watch", runId: run.id, creditBytes: 1_000 });
      await viewer.next("run.watching");
    }
    const taken = holder.takeLease(run.id);
    const request = await link.next("lease.take");
    link.send({ type: "reply", re: request.id, result: { leaseEpoch: 5 } });
    await taken;
    for (const epoch of [5, 4, 0, 6]) {
      const refused = thief.next("error");
      thief.input(run.id, epoch, new TextEncoder().encode("rm"));
      assert.equal((await refused).error.code, "input_lease_lost");
    }
    thief.send({ type: "lease.release", runId: run.id, leaseEpoch: 5 });
    const refused = thief.next("error");
    thief.send({ type: "run.resize", runId: run.id, leaseEpoch: 5, size: { cols: 9, rows: 9 } });
    assert.equal((await refused).error.code, "input_lease_lost");
    holder.input(run.id, 5, new TextEncoder().encode("ls"));
    assert.equal(Buffer.from((await link.nextBytes()).subarray(22)).toString(), "ls");
    assert.equal(link.waiting("lease.release"), 0);
    assert.equal(link.waiting("run.resize"), 0);
    holder.close();
    thief.close();
  });

  it("types nowhere where it may not prompt, not even with a lease from before", async () => {
    const runner = await team.pair();
    using link = await runner.connect();
    const run = scriptedRun(runner.identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.output("hi"));
    const cleo = await (await team.invite("approver", "Cleo")).viewer();
    cleo.send({ type: "run.watch", runId: run.id, creditBytes: 1_000 });
    await cleo.next("run.watching");
    const taken = cleo.takeLease(run.id);
    link.send({ type: "reply", re: (await link.next("lease.take")).id, result: { leaseEpoch: 5 } });
    await taken;
    await team.owner.request("PATCH", `/api/runners/${runner.identity.runnerId}`, { promptedBy: [] });
    const typing = cleo.next("error");
    cleo.input(run.id, 5, new TextEncoder().encode("rm -rf ~\n"));
    assert.equal((await typing).error.code, "runner_prompt_refused");
    const taking = cleo.next("error");
    cleo.send({ type: "lease.take", id: newId("command"), runId: run.id });
    assert.equal((await taking).error.code, "runner_prompt_refused");
    assert.equal(link.waiting("lease.take"), 0);
    const owner = await team.owner.viewer();
    owner.send({ type: "run.watch", runId: run.id, creditBytes: 1_000 });
    await owner.next("run.watching");
    const own = owner.takeLease(run.id);
    link.send({ type: "reply", re: (await link.next("lease.take")).id, result: { leaseEpoch: 6 } });
    assert.equal(await own, 6);
    cleo.close();
    owner.close();
  });

  it("has only a few runs opened at a time, however many it asks for", async () => {
    const runner = await team.pair();
    using link = await runner.connect();
    // Too much for a first look without a picture, so the relay asks the runner for one, who takes its time.
    const runs = Array.from({ length: 2 * maxOpeningWatches }, () => scriptedRun(runner.identity.runnerId));
    for (const run of runs) {
      link.send({ type: "run.begin", header: run.header });
      for (let i = 0; i < 4; i++) link.sendBytes(run.output(new Uint8Array(64 * 1024)));
    }
    const durable = new Set<string>();
    while (durable.size < runs.length) {
      const { acks } = await link.next("run.ack");
      for (const { runId, seq } of acks) if (seq === 4) durable.add(runId);
    }
    const ben = await (await team.invite("viewer", "Ben")).viewer();
    const opened: string[] = [];
    ben.onMessage((message) => message.type === "run.watching" && opened.push(message.runId));
    for (const run of runs) ben.send({ type: "run.watch", runId: run.id, creditBytes: 1 });
    const asked = [];
    for (let i = 0; i < maxOpeningWatches; i++) asked.push(await link.next("snapshot.request"));
    const ping = newId("command");
    ben.send({ type: "ping", id: ping });
    await ben.next("reply", (message) => message.re === ping);
    assert.equal(link.waiting("snapshot.request"), 0);
    for (const { id } of asked) link.send({ type: "reply", re: id });
    await until("all are open", async () => {
      while (link.waiting("snapshot.request") > 0) {
        link.send({ type: "reply", re: (await link.next("snapshot.request")).id });
      }
      return runs.every((run) => opened.includes(run.id)) || undefined;
    });
    ben.close();
  });

  it("gets no more from a socket than the token it was opened with", async () => {
    const { secret } = (await team.owner.request("POST", "/api/tokens", { name: "r", scopes: ["read"] })) as {
      secret: string;
    };
    const { json } = await rawRequest(team.relay.url, "POST", "/api/tickets", { token: secret });
    const viewer = await connectViewer({ baseUrl: team.relay.url, ticket: json.ticket });
    assert.equal(viewer.welcome.member.role, "viewer");
    const refused = viewer.next("error");
    viewer.send({ type: "lease.take", id: newId("command"), runId: newId("run") });
    assert.equal((await refused).error.code, "role_required");
    viewer.close();
    for (const [method, path] of [
      ["POST", "/api/tokens"],
      ["POST", "/api/links"],
      ["POST", "/api/invitations"],
      ["GET", "/api/devices"],
      ["GET", "/api/audit"],
    ] as const) {
      const answer = await rawRequest(team.relay.url, method, path, { token: secret, body: {} });
      assert.equal(answer.code, "scope_required", path);
    }
  });
});
