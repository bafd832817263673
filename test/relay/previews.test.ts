import assert from "node:assert/strict";
import { maxOpenPreviewsPerRunner } from "#protocol/caps";
import type { Preview } from "#protocol/documents";
import { newId, type RunId } from "#protocol/ids";
import type { Person } from "#test/support/people";
import { visitPreview } from "#test/support/preview-visit";
import { type PairedRunner, type RelayTeam, startTeam } from "#test/support/relay-team";
import { type RunnerClient, scriptedRun } from "#test/support/runner-client";
import { until } from "#test/support/until";

const port = 5173;

/** The ports answer nobody: what is looked at here is what the relay decides. */
describe("relay: previews", function () {
  this.timeout(30_000);
  let team: RelayTeam;
  let runner: PairedRunner;
  let link: RunnerClient;
  before(async () => {
    team = await startTeam();
    runner = await team.pair();
    link = await runner.connect();
  });
  after(() => team?.[Symbol.asyncDispose]());
  afterEach("nothing is shown any more", async () => {
    for (const { id } of await open()) await team.owner.client.call("closePreview", { params: { id } });
  });

  const open = async () => (await team.owner.client.call("listPreviews")).previews;
  /** The runner shows the port, of a run where one is named. */
  const show = async (runId?: RunId): Promise<Preview> => {
    const id = newId("command");
    link.send({ type: "preview.open", id, port, ...(runId !== undefined && { runId }) });
    const { result, error } = await link.next("reply");
    assert.equal(error, undefined);
    return result as Preview;
  };
  /** Somebody asks for a port, and the local user there says yes. */
  const ask = async (by: Person, { identity }: PairedRunner, there: RunnerClient, at = port): Promise<Preview> => {
    const asked = by.client.call("openPreview", { body: { runnerId: identity.runnerId, port: at, name: "Shop" } });
    there.send({ type: "reply", re: (await there.next("preview.open")).id });
    return asked;
  };
  const begin = async (threadId = newId("thread")) => {
    const run = scriptedRun(runner.identity.runnerId, { agent: "dev-server", mode: "interactive", threadId });
    link.send({ type: "run.begin", header: run.header });
    await until("the relay knows the run", () => team.run(run.id).catch(() => undefined));
    return run;
  };

  it("are changed and closed by who asked for them, by whose machine it is, and by approvers, and by nobody else", async () => {
    const [paul, pia, anna, mia] = [
      await team.invite("prompter", "Paul"),
      await team.invite("prompter", "Pia"),
      await team.invite("approver", "Anna"),
      await team.invite("owner", "Mia"),
    ];
    const machine = await team.pair("mia's", [], mia);
    using there = await machine.connect();
    await team.owner.request("PATCH", `/api/members/${mia.memberId}`, { role: "prompter" });
    for (const by of [paul, mia, anna]) {
      const params = { id: (await ask(paul, machine, there)).id };
      const body = { isPlain: true };
      await assert.rejects(pia.client.call("changePreview", { params, body }), { code: "not_yours" });
      await assert.rejects(pia.client.call("closePreview", { params }), { code: "not_yours" });
      assert.equal((await by.client.call("changePreview", { params, body })).isPlain, true);
      await by.client.call("closePreview", { params });
      assert.deepEqual(await open(), []);
    }
  });

  it("of another thread at the same port are at another address, and let in nobody of before", async () => {
    const [first, second] = [await begin(), await begin()];
    const before = await show(first.id);
    const visit = await visitPreview(team.owner, before.id);
    const after = await show(second.id);
    assert.notEqual(after.label, before.label);
    assert.deepEqual(
      (await open()).map(({ id }) => id),
      [after.id],
    );
    assert.equal((await visit.get("/")).status, 410);
  });

  it("of the same thread keep their address", async () => {
    const first = await begin();
    const before = await show(first.id);
    const again = await show((await begin(first.header.threadId)).id);
    assert.deepEqual([again.id, again.label], [before.id, before.label]);
  });

  it("that are open are given back to who asks for them again, also where there is no room for another one", async () => {
    const shown = await ask(team.owner, runner, link);
    for (let more = 1; more < maxOpenPreviewsPerRunner; more++) await ask(team.owner, runner, link, port + more);
    const { runnerId } = runner.identity;
    const another = team.owner.client.call("openPreview", { body: { runnerId, port: port - 1, name: "Shop" } });
    await assert.rejects(another, { code: "too_many" });
    assert.deepEqual(await ask(team.owner, runner, link), shown);
    assert.equal((await open()).length, maxOpenPreviewsPerRunner);
  });
});
