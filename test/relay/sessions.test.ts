import assert from "node:assert/strict";
import { artifact } from "#test/support/dist";
import { runProcess } from "#test/support/processes";
import { cookiesOf, rawRequest } from "#test/support/raw-http";
import { startRelayProcess, type TestRelay } from "#test/support/relay";
import { type RelayTeam, startTeam } from "#test/support/relay-team";

const secretOf = (url: string) => new URL(url).hash.replace(/^#\w+=/, "");

describe("relay: signing in", () => {
  let relay: TestRelay;
  before(async () => {
    relay = await startRelayProcess({ env: { BATON_WRITES_PER_MINUTE: "100000" } });
  });
  after(() => relay.stop());

  const post = (path: string, body?: unknown, cookies?: string) =>
    rawRequest(relay.url, "POST", path, { ...(body !== undefined && { body }), ...(cookies && { cookies }) });
  const get = (path: string, cookies?: string) => rawRequest(relay.url, "GET", path, cookies ? { cookies } : {});
  let ownerCookies = "";

  it("opens with the owner's link, once", async () => {
    const secret = secretOf(relay.link ?? "");
    const peek = await post("/api/session/peek", { secret });
    assert.deepEqual(peek.json, { kind: "link", name: "Owner", role: "owner" });
    const answer = await post("/api/session", { secret, name: "Olga", device: "Firefox" });
    assert.equal(answer.status, 200);
    assert.equal(answer.json.member?.name, "Olga");
    assert.equal(answer.json.member?.role, "owner");
    for (const cookie of answer.headers["set-cookie"] ?? []) {
      assert.match(cookie, /HttpOnly/);
      assert.match(cookie, /SameSite=Strict/);
      assert.match(cookie, /Path=\//);
      assert.doesNotMatch(cookie, /Secure/);
    }
    ownerCookies = cookiesOf(answer);
    assert.equal((await post("/api/session", { secret })).code, "link_invalid");
    assert.equal((await get("/api/session", ownerCookies)).json.member?.name, "Olga");
    assert.equal((await get("/api/session")).code, "not_signed_in");
  });

  it("refreshes: the answer may be lost once, an old token ends the family", async () => {
    const { url } = (await post("/api/links", {}, ownerCookies)).json;
    const first = cookiesOf(await post("/api/session", { secret: secretOf(String(url)) }));
    const second = await post("/api/session/refresh", undefined, first);
    assert.equal(second.status, 200);
    const again = await post("/api/session/refresh", undefined, first);
    assert.equal(cookiesOf(again).split("; ")[1], cookiesOf(second).split("; ")[1], "a lost answer is given again");
    const third = await post("/api/session/refresh", undefined, cookiesOf(second));
    assert.equal(third.status, 200);
    assert.equal((await get("/api/session", cookiesOf(third))).status, 200);

    const reused = await post("/api/session/refresh", undefined, first);
    assert.equal(reused.code, "session_reused");
    assert.equal(reused.status, 401);
    const audit = await get("/api/audit", ownerCookies);
    assert.equal(audit.json.entries[0].action, "session.reused");
    assert.equal((await get("/api/session", cookiesOf(third))).code, "session_expired");
    assert.equal((await post("/api/session/refresh", undefined, cookiesOf(third))).code, "session_expired");
  });

  it("refuses forged tokens without ending anybody's session", async () => {
    const [access = "", refresh = ""] = ownerCookies.split("; ");
    const parts = refresh.split(".");
    const forged = [parts[0], String(Number(parts[1]) - 1), parts[2]].join(".");
    assert.equal((await post("/api/session/refresh", undefined, forged)).code, "session_expired");
    const [header = "", payload = "", signature = ""] = access.split("=")[1]?.split(".") ?? [];
    const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    for (const token of [`${none}.${payload}.`, `${header}.${payload}.${signature.split("").reverse().join("")}`]) {
      assert.equal((await get("/api/session", `${access.split("=")[0]}=${token}`)).code, "session_expired");
    }
    assert.equal((await get("/api/session", ownerCookies)).status, 200);
  });

  it("invites: a role, a number of uses, a name", async () => {
    const made = await post("/api/invitations", { role: "prompter", uses: 2 }, ownerCookies);
    const secret = secretOf(String(made.json.url));
    assert.deepEqual((await post("/api/session/peek", { secret })).json, { kind: "invitation", role: "prompter" });
    assert.equal((await post("/api/session", { secret })).code, "request_invalid");
    const ben = await post("/api/session", { secret, name: "Ben" });
    assert.equal(ben.json.member?.role, "prompter");
    assert.equal((await post("/api/session", { secret, name: "Cy" })).status, 200);
    assert.equal((await post("/api/session", { secret, name: "Di" })).code, "invitation_invalid");

    const other = await post("/api/invitations", { role: "owner" }, ownerCookies);
    const tampered = secretOf(String(other.json.url)).replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    assert.equal((await post("/api/session", { secret: tampered, name: "Eve" })).code, "invitation_invalid");
    const { id } = other.json.invitation ?? {};
    await rawRequest(relay.url, "DELETE", `/api/invitations/${id}`, { cookies: ownerCookies });
    const late = await post("/api/session", { secret: secretOf(String(other.json.url)), name: "Eve" });
    assert.equal(late.code, "invitation_invalid");
  });

  it("signs a device out at once, also one that is elsewhere", async () => {
    const { url } = (await post("/api/links", {}, ownerCookies)).json;
    const phone = cookiesOf(await post("/api/session", { secret: secretOf(String(url)), device: "a phone" }));
    const devices = (await get("/api/devices", ownerCookies)).json.devices ?? [];
    const device = [...(devices as readonly { id: string; name: string }[])].find((one) => one.name === "a phone");
    await rawRequest(relay.url, "DELETE", `/api/devices/${device?.id}`, { cookies: ownerCookies });
    assert.equal((await get("/api/session", phone)).code, "session_expired");
    assert.equal((await get("/api/session", ownerCookies)).status, 200);
  });
});

describe("relay: members", () => {
  let team: RelayTeam;
  before(async () => {
    team = await startTeam();
  });
  after(() => team[Symbol.asyncDispose]());

  it("keeps the last owner", async () => {
    const { cookies, memberId } = team.owner;
    const change = (id: string, role: string) =>
      rawRequest(team.relay.url, "PATCH", `/api/members/${id}`, { cookies, body: { role } });
    assert.equal((await change(memberId, "viewer")).code, "last_owner");
    assert.equal(
      (await rawRequest(team.relay.url, "DELETE", `/api/members/${memberId}`, { cookies })).code,
      "last_owner",
    );
    const second = await team.invite("viewer", "Ben");
    assert.equal((await change(second.memberId, "owner")).json.role, "owner");
    assert.equal((await change(memberId, "viewer")).json.role, "viewer");
    const back = await rawRequest(team.relay.url, "PATCH", `/api/members/${memberId}`, {
      cookies: second.cookies,
      body: { role: "owner" },
    });
    assert.equal(back.status, 200);
  });

  it("removes a member: sessions, tokens, sockets and queued prompts go", async () => {
    const cy = await team.invite("approver", "Cy");
    const viewer = await cy.viewer();
    const runner = await team.pair();
    const prompt = await cy.client.call("queuePrompt", {
      body: { target: { runnerId: runner.identity.runnerId }, agent: "echo", body: { text: "later" } },
    });
    const gone = viewer.next("signed-out");
    const answer = await rawRequest(team.relay.url, "DELETE", `/api/members/${cy.memberId}`, {
      cookies: team.owner.cookies,
    });
    assert.equal(answer.status, 204);
    await gone;
    const bySession = await rawRequest(team.relay.url, "GET", "/api/session", { cookies: cy.cookies });
    const byToken = await rawRequest(team.relay.url, "GET", "/api/session", { token: cy.token });
    assert.deepEqual([bySession.status, byToken.status], [401, 401]);
    assert.equal((await team.prompt(prompt.id)).state, "cancelled");
  });

  it("revokes the runners of a member who is removed", async () => {
    const dee = await team.invite("owner", "Dee");
    const runner = await team.pair("dee", [], dee);
    await rawRequest(team.relay.url, "DELETE", `/api/members/${dee.memberId}`, { cookies: team.owner.cookies });
    const { runners } = await team.owner.client.call("listRunners", {});
    assert.equal(runners.find((one) => one.id === runner.identity.runnerId)?.state, "revoked");
  });

  it("makes API tokens that do what their scopes say, until they are revoked", async () => {
    const { cookies } = team.owner;
    const make = (scopes: string[]) =>
      rawRequest(team.relay.url, "POST", "/api/tokens", { cookies, body: { name: "ci", scopes } });
    const reading = await make(["read"]);
    const secret = String(reading.json.secret);
    const listed = await rawRequest(team.relay.url, "GET", "/api/tokens", { cookies });
    assert.doesNotMatch(listed.text, /secret/i);
    const use = (method: string, path: string, body?: unknown) =>
      rawRequest(team.relay.url, method, path, { token: secret, origin: null, ...(body !== undefined && { body }) });
    assert.equal((await use("GET", "/api/runs")).status, 200);
    assert.equal((await use("POST", "/api/prompts", {})).code, "scope_required");
    assert.equal((await use("POST", "/api/invitations", { role: "owner" })).code, "scope_required");
    await rawRequest(team.relay.url, "DELETE", `/api/tokens/${reading.json.token?.id}`, { cookies });
    assert.equal((await use("GET", "/api/runs")).code, "not_signed_in");
  });

  it("gives a link to the person on the server, for a known or a new member", async () => {
    const link = (name: string, ...more: string[]) =>
      runProcess([process.execPath, artifact("relay"), "link", name, "--data", team.relay.dataFolder, ...more]);
    const known = await link("olga");
    assert.equal(known.code, 0, known.stderr);
    const signedIn = await rawRequest(team.relay.url, "POST", "/api/session", {
      body: { secret: secretOf(known.stdout.trim()) },
    });
    assert.equal(signedIn.json.member?.id, team.owner.memberId);
    const newcomer = await link("Fay", "--role", "viewer");
    const fay = await rawRequest(team.relay.url, "POST", "/api/session", {
      body: { secret: secretOf(newcomer.stdout.trim()) },
    });
    assert.equal(fay.json.member?.name, "Fay");
    assert.equal(fay.json.member?.role, "viewer");
    const wrong = await link("Fay", "--role", "king");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--role/);
    const stolen = await rawRequest(team.relay.url, "POST", "/api/server/links", {
      token: "x".repeat(43),
      body: { name: "Eve" },
    });
    assert.equal(stolen.code, "not_signed_in");
  });
});
