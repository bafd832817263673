import assert from "node:assert/strict";
import { type Endpoint, type EndpointName, endpoints } from "#protocol/api";
import { tokenScopes } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { type Role, roleAllows, roles } from "#protocol/roles";
import type { Person } from "#test/support/people";
import { rawRequest } from "#test/support/raw-http";
import { type RelayTeam, startTeam } from "#test/support/relay-team";

const rows = Object.entries(endpoints) as [EndpointName, Endpoint][];
/** They would sign the tester out, or go on for ever. */
const notCalled = new Set<EndpointName>(["signOut", "streamRun"]);
const refusals = new Set(["not_signed_in", "session_expired", "role_required", "scope_required", "origin_refused"]);
const pathOf = ({ path }: Endpoint) =>
  path
    .replace(":code", "BBBB-BBBB")
    .replace(
      /\/(members|invitations|devices|tokens|join-tokens|runners|prompts|runs)\/:id/,
      (_, kind: keyof typeof kinds) => `/${kind}/${newId(kinds[kind])}`,
    );
const kinds = {
  members: "member",
  invitations: "invitation",
  devices: "device",
  tokens: "token",
  "join-tokens": "token",
  runners: "runner",
  prompts: "prompt",
  runs: "run",
} as const;

describe("relay: who may do what, endpoint by endpoint", () => {
  let team: RelayTeam;
  const people = new Map<Role, Person>();
  const tokens = new Map<string, string>();
  before(async () => {
    team = await startTeam();
    people.set("owner", team.owner);
    for (const role of roles) if (role !== "owner") people.set(role, await team.invite(role, role));
    for (const scope of tokenScopes) tokens.set(scope, await tokenOf(team.owner, scope));
  });
  after(() => team[Symbol.asyncDispose]());

  const call = (endpoint: Endpoint, options: Parameters<typeof rawRequest>[3]) =>
    rawRequest(team.relay.url, endpoint.method, pathOf(endpoint), { ...(endpoint.body && { body: {} }), ...options });

  for (const [name, endpoint] of rows) {
    if (notCalled.has(name)) continue;
    it(`${endpoint.method} ${endpoint.path}: ${endpoint.role}${endpoint.scope ? `, scope ${endpoint.scope}` : ""}`, async () => {
      const anybody = await call(endpoint, {});
      assert.equal(
        refusals.has(anybody.code ?? ""),
        endpoint.role !== "public" || name === "refreshSession",
        `anybody: ${anybody.text}`,
      );
      if (endpoint.role === "public") return;
      for (const role of roles) {
        const { cookies = "" } = people.get(role) ?? {};
        const answer = await call(endpoint, { cookies });
        const isAllowed: boolean = endpoint.role !== "server" && roleAllows(role, endpoint.role);
        assert.equal(!refusals.has(answer.code ?? ""), isAllowed, `${role}: ${answer.text}`);
        assert.notEqual(answer.status, 500, answer.text);
        if (endpoint.method === "GET") continue;
        const elsewhere = await call(endpoint, { cookies, origin: "https://evil.example" });
        assert.equal(elsewhere.code, "origin_refused", `${role} from elsewhere`);
        assert.equal((await call(endpoint, { cookies, origin: null })).code, "origin_refused", `${role} from nowhere`);
      }
      for (const scope of tokenScopes) {
        const answer = await call(endpoint, { token: tokens.get(scope) ?? "", origin: null });
        assert.equal(!refusals.has(answer.code ?? ""), endpoint.scope === scope, `token with ${scope}: ${answer.text}`);
      }
    });
  }

  it("gives a token no more than its member's role", async () => {
    const viewer = people.get("viewer") ?? team.owner;
    const token = await tokenOf(viewer, "prompt");
    const answer = await rawRequest(team.relay.url, "POST", "/api/prompts", { token, origin: null, body: {} });
    assert.equal(answer.code, "role_required");
  });

  it("answers the wrong method with what is possible", async () => {
    const answer = await rawRequest(team.relay.url, "POST", "/api/runs", { cookies: team.owner.cookies, body: {} });
    assert.equal(answer.code, "method_not_allowed");
    assert.equal(answer.headers.allow, "GET");
  });
});

const tokenOf = async (person: Person, scope: string) =>
  ((await person.request("POST", "/api/tokens", { name: scope, scopes: [scope] })) as { secret: string }).secret;
