import assert from "node:assert/strict";
import type { ResponseOf } from "#protocol/api";
import type { ShareAudience } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { publicRequestsPerMinute } from "#relay/caps";
import type { Person } from "#test/support/people";
import { enterBy, sendFromPage } from "#test/support/preview-visit";
import { rawRequest } from "#test/support/raw-http";
import { startRelayProcess } from "#test/support/relay";
import { type RelayTeam, startTeam } from "#test/support/relay-team";

const port = 5173;
type Made = ResponseOf<"makeShare">;

/** Shows a port of a new runner. The port answers nobody: what is looked at here is the relay's own. */
async function showPort(team: RelayTeam, by?: Person): Promise<string> {
  const runner = await team.pair("api-server", [], by);
  const link = await runner.connect();
  const id = newId("command");
  link.send({ type: "preview.open", id, port });
  const { result } = await link.next("reply");
  link.close();
  return (result as { id: string }).id;
}
const make = (person: Person, id: string, audience: ShareAudience = "public", more = {}): Promise<Made> =>
  person.client.call("makeShare", { params: { id }, body: { audience, ...more } });
const secretOf = ({ url }: Made) => new URL(url).hash.slice(1);

describe("relay: links to previews", function () {
  this.timeout(30_000);
  let team: RelayTeam;
  let id: string;
  let people: Record<"viewer" | "prompter" | "approver", Person>;
  before(async () => {
    team = await startTeam();
    id = await showPort(team);
    const [viewer, prompter, approver] = [
      await team.invite("viewer", "Vera"),
      await team.invite("prompter", "Paul"),
      await team.invite("approver", "Anna"),
    ];
    people = { viewer, prompter, approver };
  });
  after(() => team[Symbol.asyncDispose]());
  afterEach("nothing is left over", async () => {
    const { shares } = await team.owner.client.call("listShares", { params: { id } });
    for (const share of shares) await team.owner.client.call("revokeShare", { params: { id: share.id } });
  });

  it("are made by who may prompt, for an hour where nobody says, and their secret is shown once", async () => {
    const made = await make(people.prompter, id, "public", { name: "For the bakery" });
    assert.equal(made.share.expiresAt - made.share.createdAt, 60 * 60 * 1000);
    assert.match(made.url, /^http:\/\/[a-z2-7]{26}\.localhost:\d+\/\.baton\/share#[0-9a-f]{32}\.[\w-]{43}$/);
    const { shares, arePublic } = await people.viewer.client.call("listShares", { params: { id } });
    assert.deepEqual([shares, arePublic], [[made.share], true]);
    assert.ok(!JSON.stringify(shares).includes(secretOf(made).split(".")[1] ?? ""));
    assert.ok(!JSON.stringify(shares).includes("secretHash"));
  });

  it("last from five minutes to thirty days", async () => {
    const minuteMs = 60_000;
    for (const expiresInMs of [5 * minuteMs, 30 * 24 * 60 * minuteMs])
      await make(team.owner, id, "public", { expiresInMs });
    for (const expiresInMs of [5 * minuteMs - 1, 30 * 24 * 60 * minuteMs + 1, 0.5, -1]) {
      await assert.rejects(make(team.owner, id, "public", { expiresInMs }), { code: "request_invalid" });
    }
  });

  it("are revoked by their maker, by whose machine it is, and by approvers, and by nobody else", async () => {
    const revoke = (person: Person, { share }: Made) => person.client.call("revokeShare", { params: { id: share.id } });
    await revoke(people.prompter, await make(people.prompter, id));
    await revoke(people.approver, await make(people.prompter, id));
    const mia = await team.invite("owner", "Mia");
    const machine = await showPort(team, mia);
    await team.owner.request("PATCH", `/api/members/${mia.memberId}`, { role: "prompter" });
    await revoke(mia, await make(people.approver, machine));
    const kept = await make(people.approver, id);
    await assert.rejects(revoke(people.prompter, kept), { code: "not_yours" });
    await assert.rejects(revoke(people.viewer, kept), { code: "role_required" });
    await revoke(people.approver, kept);
    await assert.rejects(revoke(people.approver, kept), { code: "not_found" });
  });

  it("for members ask for the role, and say which", async () => {
    const made = await make(team.owner, id, { role: "approver" });
    assert.equal(made.url, `${team.relay.url}/shared#${secretOf(made)}`);
    const enter = (person: Person) => person.client.call("enterShare", { body: { secret: secretOf(made) } });
    await assert.rejects(enter(people.prompter), {
      code: "role_required",
      params: { required: "approver", role: "prompter" },
    });
    const peek = await rawRequest(team.relay.url, "POST", "/api/shares/peek", { body: { secret: secretOf(made) } });
    assert.deepEqual(JSON.parse(peek.text), { role: "approver" });
    const visit = await enterBy(team.relay.url, (await enter(people.approver)).url);
    assert.match(visit.cookie, /^__Host-baton-preview=/);
    // Nobody is behind the port, so whoever is let in is told so.
    assert.equal((await visit.get("/")).status, 503);
    await team.owner.client.call("revokeShare", { params: { id: made.share.id } });
    assert.equal((await visit.get("/")).status, 401);
    await assert.rejects(enter(people.approver), { code: "share_over" });
  });

  it("for members and for guests do not take one another's place", async () => {
    const [guests, members] = [await make(team.owner, id), await make(team.owner, id, { role: "viewer" })];
    const { origin } = new URL(guests.url);
    const enter = (body: string) => sendFromPage(team.relay.url, origin, "/.baton/share", body);
    assert.equal((await enter(secretOf(members))).status, 410);
    for (const path of ["enterShare", "peekShare"] as const) {
      const called = team.owner.client.call(path, { body: { secret: secretOf(guests) } });
      await assert.rejects(called, { code: "share_over" });
    }
    assert.equal((await enter(secretOf(guests))).status, 204);
  });

  it("are in the audit log, and their secrets in no log", async () => {
    const made = await make(people.prompter, id);
    await enterBy(team.relay.url, made.url);
    await people.prompter.client.call("revokeShare", { params: { id: made.share.id } });
    const { entries } = (await team.owner.request("GET", "/api/audit")) as { entries: Record<string, unknown>[] };
    const [revoked, first] = entries.filter(({ target }) => target === made.share.id);
    assert.deepEqual([first?.action, first?.memberId], ["makeShare", people.prompter.memberId]);
    assert.deepEqual((first?.details as object | undefined) ?? {}, {
      ...(first?.details as object),
      previewId: id,
      audience: "public",
    });
    assert.equal(revoked?.action, "revokeShare");
    const secret = secretOf(made).split(".")[1] ?? "none";
    assert.ok(!JSON.stringify(entries).includes(secret));
    assert.ok(!team.relay.log().includes(secret));
  });

  it("and their views outlive the relay", async () => {
    const made = await make(team.owner, id);
    const visit = await enterBy(team.relay.url, made.url);
    await team.restart();
    const { shares } = await team.owner.client.call("listShares", { params: { id } });
    assert.deepEqual(
      shares.map(({ views }) => views),
      [1],
    );
    assert.equal((await visit.get("/")).status, 503, "the guest is in still");
    assert.match((await enterBy(team.relay.url, made.url)).cookie, /^__Host-baton-guest=./);
    await team.owner.client.call("revokeShare", { params: { id: made.share.id } });
    await team.restart();
    assert.equal((await visit.get("/")).status, 410);
  });

  it("count a browser once", async () => {
    const made = await make(team.owner, id);
    const visit = await enterBy(team.relay.url, made.url);
    const again = await sendFromPage(team.relay.url, visit.origin, "/.baton/share", secretOf(made), {
      cookie: visit.cookie,
    });
    assert.equal(again.status, 204);
    await enterBy(team.relay.url, made.url);
    const { shares } = await team.owner.client.call("listShares", { params: { id } });
    assert.equal(shares[0]?.views, 2);
    assert.ok((shares[0]?.lastViewedAt ?? 0) >= made.share.createdAt);
  });

  it("end with the membership of whoever made them", async () => {
    const dora = await team.invite("prompter", "Dora");
    const visits = [await enterBy(team.relay.url, (await make(dora, id)).url)];
    const demoted = await team.invite("prompter", "Dirk");
    visits.push(await enterBy(team.relay.url, (await make(demoted, id)).url));
    for (const visit of visits) assert.equal((await visit.get("/")).status, 503);
    await team.owner.request("DELETE", `/api/members/${dora.memberId}`);
    await team.owner.request("PATCH", `/api/members/${demoted.memberId}`, { role: "viewer" });
    for (const visit of visits) assert.equal((await visit.get("/")).status, 410);
  });

  it("are guessed no faster than anything else of somebody who is not signed in", async () => {
    await using other = await startTeam();
    const made = await make(other.owner, await showPort(other));
    const { origin } = new URL(made.url);
    const guess = () => sendFromPage(other.relay.url, origin, "/.baton/share", `${"0".repeat(32)}.${"a".repeat(43)}`);
    const answers = await Promise.all(Array.from({ length: publicRequestsPerMinute + 20 }, guess));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length >= 15, `${refused.length} were refused`);
    assert.ok(answers.every(({ status }) => status === 410 || status === 429));
    assert.ok(Number(refused[0]?.headers["retry-after"]) > 0);
    const right = await sendFromPage(other.relay.url, origin, "/.baton/share", secretOf(made));
    assert.equal(right.status, 429, "nor is the right one taken before there is room");
  });
});

describe("relay: a relay without guests", function () {
  this.timeout(30_000);

  it("makes no public links, and those that it made before let nobody in", async () => {
    await using team = await startTeam();
    const id = await showPort(team);
    const made = await make(team.owner, id);
    const visit = await enterBy(team.relay.url, made.url);
    const { dataFolder } = team.relay;
    const relayPort = new URL(team.relay.url).port;
    await team.relay.kill9();
    const env = { BATON_PUBLIC_SHARES: "off" };
    await using closed = await startRelayProcess({ dataFolder, port: Number(relayPort), env });
    assert.equal((await visit.get("/")).status, 410);
    const entered = await sendFromPage(closed.url, visit.origin, "/.baton/share", secretOf(made));
    assert.equal(entered.status, 410);
    await assert.rejects(make(team.owner, id), { code: "share_public_off" });
    const { shares, arePublic } = await team.owner.client.call("listShares", { params: { id } });
    assert.deepEqual([shares, arePublic], [[], false]);
    assert.ok(await make(team.owner, id, { role: "viewer" }));
  });
});
