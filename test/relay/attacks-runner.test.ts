import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { newId } from "#protocol/ids";
import { ownProtocolRange } from "#protocol/version";
import { rawRequest } from "#test/support/raw-http";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { type RunnerClient, scriptedRun, testReport } from "#test/support/runner-client";
import { until } from "#test/support/until";

describe("relay: a runner that means harm", () => {
  let team: RelayTeam;
  let victim: Awaited<ReturnType<RelayTeam["pair"]>>;
  let evil: Awaited<ReturnType<RelayTeam["pair"]>>;
  let ours: RunnerClient;
  let theirs: RunnerClient;
  before(async () => {
    team = await startTeam();
    victim = await team.pair("victim");
    evil = await team.pair("evil");
    ours = await victim.connect();
    theirs = await evil.connect();
  });
  after(async () => {
    ours.close();
    theirs.close();
    await team[Symbol.asyncDispose]();
  });

  /** Everything that was sent before has been taken in: messages of a runner are answered in their order. */
  const settled = async (link: RunnerClient) => void (await link.claim(newId("prompt"), 1));

  it("adds nothing to a run of another runner, and does not end it", async () => {
    const run = scriptedRun(victim.identity.runnerId, { mode: "interactive" });
    ours.send({ type: "run.begin", header: run.header });
    ours.sendBytes(run.output("true"));
    await until("the first record", async () => (await team.run(run.id)).headSeq === 1 || undefined);

    const forged = scriptedRun(evil.identity.runnerId, { id: run.id });
    theirs.send({ type: "run.begin", header: forged.header });
    theirs.send({ type: "run.begin", header: run.header });
    forged.output("skipped");
    theirs.sendBytes(forged.output("forged"));
    theirs.sendBytes(forged.record("exit", { end: "exited", exitCode: 0 }));
    theirs.sendBytes(forged.snapshot(1, "forged"));
    theirs.send({ type: "run.lost", runId: run.id });
    theirs.send({ type: "lease.changed", runId: run.id, leaseEpoch: 9, holder: { kind: "local", name: "Mallory" } });
    await settled(theirs);
    await delay(100);

    const shown = await team.run(run.id);
    assert.equal(shown.status, "starting");
    assert.equal(shown.runnerId, victim.identity.runnerId);
    const log = await rawRequest(team.relay.url, "GET", `/api/runs/${run.id}/log`, { token: team.owner.token });
    assert.equal(log.text, "true");
    const viewer = await team.owner.viewer();
    viewer.send({ type: "run.watch", runId: run.id, creditBytes: 1_000 });
    const { lease, snapshot } = await viewer.next("run.watching");
    assert.deepEqual([lease.leaseEpoch, lease.holder, snapshot], [0, undefined, false]);
    viewer.close();
  });

  it("decides nothing about a prompt that another runner has claimed", async () => {
    const prompt = await team.queue({ runnerId: victim.identity.runnerId });
    await ours.next("prompt.offer");
    assert.equal(await theirs.claim(prompt.id, 1), "not_found");
    await ours.claim(prompt.id, 1);
    const claim = { promptId: prompt.id, attempt: 1 };
    const reason = { code: "spawn_failed", params: {} } as const;
    theirs.send({ type: "prompt.waiting", ...claim });
    theirs.send({ type: "prompt.declined", ...claim });
    theirs.send({ type: "prompt.failed", ...claim, reason });
    theirs.send({ type: "prompt.never-seen", ...claim });
    theirs.send({ type: "prompt.started", ...claim, runId: newId("run") });
    await settled(theirs);
    await delay(100);
    const after = await team.prompt(prompt.id);
    assert.deepEqual([after.state, after.claimedBy, after.attempt], ["claimed", victim.identity.runnerId, 1]);
    assert.notEqual(await theirs.claim(prompt.id, 1), undefined);
  });

  it("cannot show a proof twice, or one that was made for another relay, socket or runner", async () => {
    const url = `${team.relay.url.replace(/^http/, "ws")}/api/runner-link`;
    const hello = async (sign: (nonce: string, relayId: string) => object) => {
      const socket = new WebSocket(url);
      const [challenge] = await once(socket, "message");
      const { nonce, relayId } = JSON.parse(String(challenge));
      const proof = await evil.identity.sign(JSON.stringify(sign(nonce, relayId)));
      const { runnerId, body } = evil.identity;
      const { deviceId } = evil;
      const report = testReport();
      socket.send(
        JSON.stringify({
          type: "hello",
          protocol: ownProtocolRange,
          runnerId,
          deviceId,
          proof,
          body,
          report,
          runs: [],
        }),
      );
      const [answer] = await once(socket, "message");
      socket.terminate();
      return { code: JSON.parse(String(answer)).error?.code, nonce };
    };
    const purpose = "baton-runner-link";
    const { runnerId } = evil.identity;
    let last = "";
    const wrong = [
      (_: string, relayId: string) => ({ purpose, nonce: last, relayId, runnerId }),
      (nonce: string) => ({ purpose, nonce, relayId: newId("relay"), runnerId }),
      (nonce: string, relayId: string) => ({ purpose, nonce, relayId, runnerId: victim.identity.runnerId }),
      (nonce: string, relayId: string) => ({ purpose: "something-else", nonce, relayId, runnerId }),
    ];
    for (const sign of wrong) {
      const { code, nonce } = await hello(sign);
      assert.equal(code, "signature_invalid");
      last = nonce;
    }
  });

  it("puts nothing of its own into headers or file names", async () => {
    const title = '"\r\nSet-Cookie: baton-access=x; <script>alert(1)</script>\u001b]0;x\u0007/../../etc/passwd';
    const run = scriptedRun(evil.identity.runnerId, { body: { title, cwd: "/", command: "x" } });
    theirs.send({ type: "run.begin", header: run.header });
    theirs.sendBytes(run.output("\u001b]52;c;cm0gLXJm\u0007<script>alert(1)</script>"));
    await until("the first record", async () => (await team.run(run.id)).headSeq === 1 || undefined);
    for (const what of ["log", "cast"]) {
      const { headers } = await rawRequest(team.relay.url, "GET", `/api/runs/${run.id}/${what}`, {
        token: team.owner.token,
      });
      assert.match(String(headers["content-disposition"]), /^attachment; filename="[A-Za-z0-9._-]+"$/);
      assert.doesNotMatch(String(headers["content-type"]), /html/);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.equal(headers["set-cookie"], undefined);
    }
  });

  it("ends its own link with what is no frame, and nobody else's", async () => {
    const mad = await team.pair("mad");
    for (const bytes of [new Uint8Array(3), new Uint8Array(40).fill(255), new Uint8Array(1024 * 1024 + 200)]) {
      const link = await mad.connect();
      link.sendBytes(bytes);
      assert.ok([1008, 1009].includes(await link.closed));
    }
    await settled(ours);
  });

  it("makes no document that nobody can read, whatever it says was left out", async () => {
    const run = scriptedRun(evil.identity.runnerId);
    theirs.send({ type: "run.begin", header: run.header });
    theirs.sendBytes(run.output("a"));
    for (let i = 0; i < 3; i++) {
      theirs.sendBytes(run.record("gap", { fromSeq: run.seq + 1, bytes: Number.MAX_SAFE_INTEGER }));
    }
    theirs.sendBytes(run.output("b"));
    await until("all of it", async () => (await team.run(run.id)).headSeq === run.seq || undefined);
    const { runs } = await team.owner.client.call("listRuns");
    assert.equal(runs.find(({ id }) => id === run.id)?.outputBytes, Number.MAX_SAFE_INTEGER);
  });

  it("ends nobody's session with what it answers", async () => {
    const run = scriptedRun(evil.identity.runnerId);
    theirs.send({ type: "run.begin", header: run.header });
    theirs.sendBytes(run.output("a"));
    await until("the run", async () => (await team.run(run.id)).headSeq === 1 || undefined);
    const cancelling = rawRequest(team.relay.url, "POST", `/api/runs/${run.id}/cancel`, { token: team.owner.token });
    const { id } = await theirs.next("run.cancel");
    theirs.send({ type: "reply", re: id, error: { code: "session_expired", params: { seconds: 1e9 } } });
    const answer = await cancelling;
    assert.equal(answer.code, "keeper_failed");
    assert.equal(answer.headers["retry-after"], undefined);
  });

  it("names no run of another runner as its prompt's", async () => {
    const run = scriptedRun(victim.identity.runnerId);
    ours.send({ type: "run.begin", header: run.header });
    ours.sendBytes(run.output("a"));
    await until("the run", async () => (await team.run(run.id)).headSeq === 1 || undefined);
    const target = { runnerId: evil.identity.runnerId };
    const body = { target, agent: "echo", mode: "interactive" as const, body: { text: "x" } };
    const { id: promptId } = await team.owner.client.call("queuePrompt", { body });
    const { prompt } = await theirs.next("prompt.offer");
    assert.equal(prompt.id, promptId);
    assert.equal(await theirs.claim(promptId, 1), undefined);
    theirs.send({ type: "prompt.started", promptId, attempt: 1, runId: run.id });
    await settled(theirs);
    const now = await team.owner.client.call("readPrompt", { params: { id: promptId } });
    assert.deepEqual([now.state, now.runId], ["claimed", undefined]);
  });
});
