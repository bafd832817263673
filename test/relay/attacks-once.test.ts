import assert from "node:assert/strict";
import type { Call } from "#relay/http/call";
import { relayHandlers } from "#relay/http/handlers/relay";
import { rawRequest } from "#test/support/raw-http";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { joinRelay, newRunnerIdentity, scriptedRun } from "#test/support/runner-client";
import { until } from "#test/support/until";

describe("relay: what opens once, and what belongs to somebody else", () => {
  let team: RelayTeam;
  before(async () => {
    team = await startTeam();
  });
  after(() => team[Symbol.asyncDispose]());

  for (const [path, body] of [
    ["/api/links", {}],
    ["/api/invitations", { role: "approver" }],
  ] as const) {
    it(`a secret of ${path} opens once, however many send it at the same time`, async () => {
      for (let round = 0; round < 4; round++) {
        const { url } = (await team.owner.request("POST", path, body)) as { url: string };
        const secret = new URL(url).hash.replace(/^#\w+=/, "");
        const answers = await Promise.all(
          Array.from({ length: 12 }, (_, i) =>
            rawRequest(team.relay.url, "POST", "/api/session", { body: { secret, name: `Eve ${i}` } }),
          ),
        );
        assert.equal(answers.filter(({ status }) => status === 200).length, 1);
      }
    });
  }

  it("a join token does not take over a runner that is there", async () => {
    const victim = await team.pair("victim");
    const { secret } = (await team.owner.request("POST", "/api/join-tokens", {})) as { secret: string };
    const thief = { ...(await newRunnerIdentity("thief")), runnerId: victim.identity.runnerId };
    await assert.rejects(joinRelay(team.relay.url, secret, thief), /not_yours/);
    (await victim.connect()).close();
  });

  it("a runner ends no prompt that another one has claimed, and holds back no thread of another", async () => {
    const [victim, evil] = [await team.pair("claims"), await team.pair("forges")];
    using ours = await victim.connect();
    using theirs = await evil.connect();
    const prompt = await team.queue({ runnerId: victim.identity.runnerId });
    await ours.next("prompt.offer");
    await ours.claim(prompt.id, 1);
    const forged = scriptedRun(evil.identity.runnerId, {
      promptId: prompt.id,
      attempt: 1,
      threadId: prompt.threadId,
    });
    theirs.send({ type: "run.begin", header: forged.header });
    theirs.sendBytes(forged.record("exit", { end: "exited", exitCode: 0 }));
    await until("the forged end", async () => (await team.run(forged.id)).status === "ended" || undefined);
    assert.equal((await team.prompt(prompt.id)).state, "claimed");
  });

  it("takes nothing from a socket whose member was removed", async () => {
    const ben = await team.invite("approver", "Ben");
    const runner = await team.pair("typed");
    using link = await runner.connect();
    const run = scriptedRun(runner.identity.runnerId);
    link.send({ type: "run.begin", header: run.header });
    link.sendBytes(run.output("hi"));
    await until("the run", async () => (await team.run(run.id)).headSeq === 1 || undefined);
    const viewer = await ben.viewer();
    viewer.send({ type: "run.watch", runId: run.id, creditBytes: 1_000 });
    await viewer.next("run.watching");
    const taken = viewer.takeLease(run.id);
    const { id } = await link.next("lease.take");
    link.send({ type: "reply", re: id, result: { leaseEpoch: 5 } });
    await taken;
    // A client that does not answer the close.
    const { _receiver } = viewer.socket as unknown as { _receiver: { removeAllListeners(event: string): void } };
    _receiver.removeAllListeners("conclude");
    const out = viewer.next("signed-out");
    await team.owner.request("DELETE", `/api/members/${ben.memberId}`);
    await out;
    viewer.input(run.id, 5, new TextEncoder().encode("rm"));
    await assert.rejects(link.nextBytes(500), /nothing within/);
    viewer.close();
  });

  it("makes the document that everybody may ask for once", () => {
    const call = { deps: { site: { publicUrl: "http://relay.test" }, version: "1" } } as unknown as Call;
    const ask = () => relayHandlers.readOpenApi(call, {} as never);
    assert.equal(ask(), ask());
  });
});
