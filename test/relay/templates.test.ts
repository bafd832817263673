import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditEntry } from "#protocol/documents";
import type { Person } from "#test/support/people";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { until } from "#test/support/until";

const own = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  name: `Our ${id}`,
  description: "As we begin.",
  source: { kind: "git", repository: "acme/starters", ref: "v2", folder: id },
  ...more,
});

describe("relay: the list of templates", function () {
  this.timeout(60_000);
  let team: RelayTeam;
  let viewer: Person;
  const builtIn = ["react-vite", "static-site", "express-api", "python-scripts", "empty"];
  const file = () => join(team.relay.dataFolder, "templates.json");
  const list = async (by = viewer) => (await by.client.call("listTemplates")).templates;
  const ids = async (by?: Person) => (await list(by)).map(({ id }) => id);
  const put = (body: Record<string, unknown>, by = team.owner) => by.request("POST", "/api/templates", body);
  const remove = (id: string, by = team.owner) => by.request("DELETE", `/api/templates/${id}`);
  const refused = (what: Promise<unknown>, code: string) =>
    assert.rejects(what, (error: Error) => error.message.includes(code) || ("code" in error && error.code === code));
  const complaints = () =>
    team.relay
      .log()
      .split("\n")
      .filter((line) => line.includes("templates cannot be read"));

  before(async () => {
    team = await startTeam();
    viewer = await team.invite("viewer", "Vera");
  });
  after(() => team?.[Symbol.asyncDispose]());
  beforeEach(() => rmSync(file(), { recursive: true, force: true }));

  it("has those of this version, with what they do", async () => {
    const all = await list();
    assert.deepEqual(
      all.map(({ id }) => id),
      builtIn,
    );
    assert.ok(all.every(({ origin, source }) => origin === "built-in" && source.kind === "built-in"));
    assert.deepEqual(all[0]?.source, { kind: "built-in", id: "react-vite" });
    assert.deepEqual(readdirSync("templates").sort(), builtIn.toSorted());
    assert.equal(all[0]?.setUp, "npm install");
    assert.equal(all[0]?.start, "npm run dev");
  });

  it("has the team's behind them, and in the place of one with the same id", async () => {
    await put(own("shop"));
    await put(own("empty"));
    assert.deepEqual(await ids(), [...builtIn.slice(0, -1), "shop", "empty"]);
    const mine = (await list()).filter(({ origin }) => origin === "team");
    assert.deepEqual(
      mine.map(({ name }) => name),
      ["Our shop", "Our empty"],
    );
    assert.equal(statSync(file()).mode & 0o777, 0o600);
    await remove("empty");
    assert.deepEqual(await ids(), [...builtIn, "shop"]);
  });

  it("is the same when the same is put again, and another when it is another", async () => {
    await put(own("a"));
    await put(own("b"));
    const before = await list();
    await put(own("a"));
    assert.deepEqual(await list(), before);
    await put(own("a", { name: "Another" }));
    assert.deepEqual(
      (await list()).slice(-2).map(({ name }) => name),
      ["Another", "Our b"],
    );
  });

  it("survives a kill", async () => {
    await put(own("kept"));
    await team.restart();
    assert.equal((await ids(team.owner)).at(-1), "kept");
  });

  it("is an owner's to change, and stands in the audit log", async () => {
    for (const role of ["viewer", "prompter", "approver"] as const) {
      const somebody = await team.invite(role, `a ${role}`);
      await refused(put(own("x"), somebody), "role_required");
      await refused(remove("x", somebody), "role_required");
    }
    await put(own("x"));
    await remove("x");
    await refused(remove("x"), "not_found");
    const { entries } = (await team.owner.request("GET", "/api/audit")) as { entries: AuditEntry[] };
    const [removed, made] = entries.filter(({ target }) => target === "x");
    assert.equal(removed?.action, "removeTeamTemplate");
    assert.equal(made?.action, "putTeamTemplate");
    assert.equal(made?.details?.repository, "acme/starters");
  });

  const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
    ["an address that starts a program", { source: { kind: "git", repository: "ext::sh -c x" } }],
    ["an address that is an option", { source: { kind: "git", repository: "--upload-pack=x" } }],
    ["a file of the relay's", { source: { kind: "git", repository: "file:///etc" } }],
    ["a token in the address", { source: { kind: "git", repository: "https://token@example.com/x" } }],
    ["a ref that is an option", { source: { kind: "git", repository: "a/b", ref: "--x" } }],
    ["a folder above", { source: { kind: "git", repository: "a/b", folder: "../x" } }],
    ["a built-in one under another name", { source: { kind: "built-in", id: "empty" } }],
    ["an id that is none", { id: "../x" }],
    ["no name", { name: "" }],
    ["a command that shows something else", { setUp: "npm install\u202e" }],
    ["an icon that is none", { icon: "<b>" }],
    ["too many variables", { variables: Array.from({ length: 21 }, (_, i) => ({ id: `v${i}`, label: "x" })) }],
  ];
  for (const [what, change] of wrong) {
    it(`refuses ${what}`, async () => {
      await refused(put(own("wrong", change)), "request_invalid");
      assert.deepEqual(await ids(), builtIn);
    });
  }

  it("ends at its cap", async () => {
    const templates = Array.from({ length: 100 }, (_, i) => own(`t${i}`));
    writeFileSync(file(), JSON.stringify({ v: 1, templates }));
    assert.equal((await ids()).length, 105);
    await refused(put(own("more")), "too_many");
    await put(own("t7", { name: "Seven" }));
    assert.equal((await ids()).length, 105);
    await remove("t7");
    await put(own("more"));
  });

  it("keeps every one of many that are put at once", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => put(own(`n${i}`))));
    assert.equal((await ids()).length, builtIn.length + 20);
  });

  describe("as a file that somebody writes", () => {
    it("is read again when it has changed, with what Baton does not know of it", async () => {
      writeFileSync(file(), JSON.stringify({ v: 1, note: "ours", templates: [own("by-hand")] }));
      assert.equal((await ids()).at(-1), "by-hand");
      await put(own("by-click"));
      assert.equal(JSON.parse(readFileSync(file(), "utf8")).note, "ours");
      rmSync(file());
      assert.deepEqual(await ids(), builtIn);
    });

    const damaged: readonly (readonly [string, string, RegExp])[] = [
      ["half of it", '{"v": 1, "templates": [', /it is no JSON/],
      ["nothing", "", /it is no JSON/],
      ["another form", '{"v": 2, "templates": []}', /v: /],
      [
        "a wrong template",
        JSON.stringify({ v: 1, templates: [own("a"), own("b", { name: 7 })] }),
        /templates\.1\.name/,
      ],
      [
        "an address that is refused",
        JSON.stringify({ v: 1, templates: [own("a", { source: { kind: "git", repository: "--x" } })] }),
        /templates\.0\.source/,
      ],
      ["one id twice", JSON.stringify({ v: 1, templates: [own("a"), own("a")] }), /same id/],
      ["more than it may hold", `${" ".repeat(1024 * 1024)}{}`, /bytes/],
      ["another thing", "[]", /./],
    ];
    for (const [what, text, reason] of damaged) {
      it(`${what}: one line in the log, and the list stays`, async () => {
        await put(own("kept"));
        const before = complaints().length;
        writeFileSync(file(), text);
        for (let i = 0; i < 3; i++) assert.equal((await ids()).at(-1), "kept");
        // The log is written by another process.
        const said = await until("the log says it", async () =>
          complaints().length > before ? complaints() : undefined,
        );
        assert.equal(said.length, before + 1);
        const { reason: why, level } = JSON.parse(said.at(-1) ?? "{}");
        assert.match(why, reason);
        assert.equal(level, 50);
        await refused(put(own("more")), "store_damaged");
        await refused(remove("kept"), "store_damaged");
        assert.equal(readFileSync(file(), "utf8"), text, "what was about to be written is not lost");
        writeFileSync(file(), JSON.stringify({ v: 1, templates: [own("mended")] }));
        assert.deepEqual(await ids(), [...builtIn, "mended"]);
      });
    }

    it("that is a folder stops nothing", async () => {
      mkdirSync(file());
      assert.deepEqual((await ids()).slice(0, builtIn.length), builtIn);
      await refused(put(own("more")), "store_damaged");
      assert.ok(await team.owner.client.call("listRunners"));
    });
  });
});
