import assert from "node:assert/strict";
import { createClient } from "#sdk/client";
import { randomKey } from "#sdk/random-key";
import type { Person } from "#test/support/people";
import { rawRequest } from "#test/support/raw-http";
import { startDomain } from "#test/support/relay-domain";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { newRunnerIdentity } from "#test/support/runner-client";

const editor = { name: "VS Code on ana-desk" };

describe("relay: editors that are signed in by a code", () => {
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
  const startPairing = async (signIn?: { name: string }) => {
    const { runnerId, publicKey, body } = await newRunnerIdentity();
    return (await post("/api/pairings", { runnerId, publicKey, body, ...(signIn && { signIn }) })).json;
  };
  const finish = async (what: "pairings" | "sign-ins", deviceCode: unknown, answerKey?: string) =>
    (await post(`/api/${what}/finish`, { deviceCode, ...(answerKey !== undefined && { answerKey }) })).json;
  const finishPairing = (deviceCode: unknown, answerKey?: string) => finish("pairings", deviceCode, answerKey);
  const clientOf = (token: unknown) => createClient({ baseUrl: team.relay.url, token: String(token) });
  const tokenNames = async (who: Person) => {
    const { tokens } = (await who.request("GET", "/api/tokens")) as { tokens: { name: string }[] };
    return tokens.map(({ name }) => name).filter((name) => name !== "a test");
  };

  it("signs the editor in with its pairing, where the owner says so", async () => {
    const { deviceCode, userCode } = await startPairing(editor);
    const shown = await rawRequest(team.relay.url, "GET", `/api/pairings/${userCode}`, { cookies: team.owner.cookies });
    assert.deepEqual(shown.json.signIn, editor);
    await post(`/api/pairings/${userCode}/approve`, { signIn: true }, team.owner.cookies);
    const key = randomKey();
    const finished = await finishPairing(deviceCode, key);
    const signedIn = finished.signedIn as Record<string, unknown>;
    assert.deepEqual([signedIn.memberId, signedIn.name], [team.owner.memberId, "Olga"]);
    assert.deepEqual(await finishPairing(deviceCode, key), finished, "the answer may be lost");
    const { signedIn: _, ...paired } = finished;
    for (const other of [undefined, randomKey()]) {
      assert.deepEqual(await finishPairing(deviceCode, other), paired, "the token goes to one alone");
    }
    assert.deepEqual(await tokenNames(team.owner), [editor.name]);

    const client = clientOf(signedIn.token);
    assert.equal((await client.call("readSession")).member.name, "Olga");
    assert.ok((await client.call("makeTicket")).ticket);
    await assert.rejects(client.call("listDevices"), { code: "scope_required" }, "what is a person's stays a person's");
    await client.call("signOut");
    await assert.rejects(client.call("readSession"), { code: "not_signed_in" });
    assert.deepEqual(await tokenNames(team.owner), []);
  });

  it("hands out no token that was not asked for, or not allowed", async () => {
    const cases: [string, { name: string } | undefined, unknown][] = [
      ["not allowed", editor, { signIn: false }],
      ["nothing said", editor, undefined],
      ["not asked for", undefined, { signIn: true }],
    ];
    for (const [title, wish, answer] of cases) {
      const { deviceCode, userCode } = await startPairing(wish);
      await post(`/api/pairings/${userCode}/approve`, answer, team.owner.cookies);
      const finished = await finishPairing(deviceCode);
      assert.ok(finished.deviceId, title);
      assert.equal(finished.signedIn, undefined, title);
    }
    assert.deepEqual(await tokenNames(team.owner), []);
  });

  it("signs an editor in without a folder, as the member who approves, whatever their role", async () => {
    const ben = await team.invite("prompter", "Ben");
    const { deviceCode, userCode, verificationUrl } = (await post("/api/sign-ins", editor)).json;
    assert.equal(verificationUrl, `${team.relay.url}/sign-in?code=${userCode}`);
    assert.equal((await post("/api/sign-ins/finish", { deviceCode })).code, "pairing_pending");
    const shown = await rawRequest(team.relay.url, "GET", `/api/sign-ins/${userCode}`, { cookies: ben.cookies });
    assert.equal(shown.json.name, editor.name);
    assert.equal((await post(`/api/pairings/${userCode}/approve`, {}, team.owner.cookies)).code, "pairing_invalid");
    assert.equal((await post(`/api/sign-ins/${userCode}/approve`, undefined, ben.cookies)).status, 204);
    const finished = (await post("/api/sign-ins/finish", { deviceCode })).json;
    assert.deepEqual([finished.memberId, finished.name], [ben.memberId, "Ben"]);
    assert.match(String(finished.relayId), /^rly_|^rel_/);
    assert.deepEqual(await tokenNames(ben), [editor.name]);
    assert.equal((await clientOf(finished.token).call("readSession")).member.role, "prompter");
    assert.equal((await post(`/api/sign-ins/${userCode}/approve`, undefined, ben.cookies)).code, "pairing_invalid");
  });

  it("answers a token once, and again to who asks with the same key, whoever else knows the code", async () => {
    for (const key of [randomKey(), undefined]) {
      const { deviceCode, userCode } = (await post("/api/sign-ins", editor)).json;
      const early = randomKey();
      assert.equal((await finish("sign-ins", deviceCode, early)).code, "pairing_pending");
      await post(`/api/sign-ins/${userCode}/approve`, undefined, team.owner.cookies);
      const finished = await finish("sign-ins", deviceCode, key);
      assert.ok(finished.token);
      for (const other of [undefined, early, randomKey()]) {
        const refused = await finish("sign-ins", deviceCode, other);
        assert.deepEqual([refused.code, refused.token], ["pairing_invalid", undefined]);
      }
      if (key) assert.equal((await finish("sign-ins", deviceCode, key)).token, finished.token);
      await clientOf(finished.token).call("signOut");
    }
  });

  it("declines", async () => {
    const { deviceCode, userCode } = (await post("/api/sign-ins", editor)).json;
    assert.equal((await post(`/api/sign-ins/${userCode}/decline`, undefined, team.owner.cookies)).status, 204);
    assert.equal((await post("/api/sign-ins/finish", { deviceCode })).code, "pairing_declined");
  });

  it("forgets a code after ten minutes, and a token after a year", async () => {
    await using test = await startDomain();
    const { editorSignIns, tokens } = test.domain;
    const old = editorSignIns.start(editor, "203.0.113.7");
    test.now += 10 * 60_000;
    assert.throws(() => editorSignIns.finish(old.deviceCode), { code: "pairing_invalid" });
    const { asking, deviceCode } = editorSignIns.start(editor, "203.0.113.7");
    await Promise.all([1, 2].map(() => editorSignIns.approve(asking.userCode, test.owner)));
    assert.equal(tokens.listOf(test.owner.id).length, 1, "two clicks make one token");
    const { token, expiresAt } = editorSignIns.finish(deviceCode);
    assert.ok(tokens.check(token));
    test.now = expiresAt;
    assert.equal(tokens.check(token), undefined);
  });

  it("pairs nothing where the member has no room for a token", async () => {
    await using test = await startDomain();
    const { pairings, editorSignIns, context, tokens, runners } = test.domain;
    const identity = await newRunnerIdentity();
    const { pairing } = await pairings.start({ ...identity, signIn: editor }, "203.0.113.7");
    while (tokens.listOf(test.owner.id).length < 100) {
      await context.ledger.commit([editorSignIns.draft(test.owner, "x").change]);
    }
    await assert.rejects(pairings.approve(pairing.userCode, test.owner, true), { code: "too_many" });
    assert.equal(runners.get(identity.runnerId), undefined);
    await pairings.approve(pairing.userCode, test.owner, false);
    assert.ok(runners.get(identity.runnerId));
  });
});
