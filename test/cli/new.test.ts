import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { baton } from "#test/support/baton";
import { runGitIn, writeTree } from "#test/support/git-server";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { type TempFolder, tempFolder } from "#test/support/temp";

describe("cli: new projects", function () {
  this.timeout(30_000);
  let temp: TempFolder;
  const run = (...args: string[]) =>
    baton(args, { home: temp.at("home"), cwd: temp.path, env: { HOME: temp.at("home"), GIT_CONFIG_NOSYSTEM: "1" } });
  beforeEach(() => {
    temp = tempFolder("new");
    mkdirSync(temp.at("home"));
  });
  afterEach(() => temp.remove());

  it("templates lists what there is", async () => {
    const { stdout } = await run("templates");
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split("  ")[0]?.trim()),
      ["empty", "express-api", "python-scripts", "react-vite", "static-site"],
    );
    const json = (await run("templates", "--json")).stdout.trim().split("\n");
    assert.equal(JSON.parse(json[1] ?? "").start, "npm run dev");
  });

  it("new places one, and says what comes next", async () => {
    const { code, stdout, stderr } = await run("new", "express-api", "my shop", "--set", "project-title=Olga's Shop");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^Writing \d+ files to .*my shop …\nBeginning a Git repository …\n$/);
    assert.match(stdout, /^Express API is in .*my shop \(\d+ files\)\. It is a Git repository with one commit\.\n/);
    assert.ok(stdout.endsWith("\nNext:\n  cd 'my shop'\n  npm install\n  npm run dev\n"), stdout);
    assert.match(readFileSync(temp.at("my shop", "README.md"), "utf8"), /^# Olga’s Shop\n/);
    assert.equal(runGitIn(temp.at("my shop"), "status", "--porcelain"), "");
  });

  it("new lists what it would change, and changes it when it is told to", async () => {
    writeTree(temp.at("app"), { "README.md": "mine", "other.txt": "x" });
    const refused = await run("new", "empty", "app");
    assert.equal(refused.code, 1);
    assert.equal(refused.stdout, "");
    assert.match(refused.stderr, / {2}would change README\.md\n.*--over.*\nbaton: .*would change 1\..*\n$/s);
    assert.deepEqual(readdirSync(temp.at("app")).sort(), ["README.md", "other.txt"]);
    const done = await run("new", "empty", "app", "--over", "--json");
    assert.equal(done.code, 0, done.stderr);
    const facts = JSON.parse(done.stdout);
    assert.deepEqual(facts.changes, ["README.md"]);
    assert.deepEqual(facts.repository, { kind: "left-to-you" });
    assert.match(readFileSync(temp.at("app", "README.md"), "utf8"), /^# App\n/);
    assert.equal(readFileSync(temp.at("app", "other.txt"), "utf8"), "x");
  });

  it("new says that what is there would stay as it is, where it does", async () => {
    writeTree(temp.at("app"), { "other.txt": "x" });
    const { code, stderr } = await run("new", "empty", "app");
    assert.equal(code, 1);
    assert.match(stderr, /^With --over the template is placed beside .*\nbaton: .*would change none\..*\n$/m);
    assert.deepEqual(readdirSync(temp.at("app")), ["other.txt"]);
  });

  for (const [template, says] of [
    ["nothing", /^baton: There is no template “nothing” here\.\n$/],
    ["--upload-pack=x", /unknown option/],
    ["file:///etc", /^baton: “file:\/\/\/etc” cannot be fetched: expected .*\n$/],
    ["../x", /cannot be fetched/],
  ] as const) {
    it(`new ${template} is refused in one line`, async () => {
      const { code, stdout, stderr } = await run("new", template, "app");
      assert.notEqual(code, 0);
      assert.equal(stdout, "");
      assert.match(stderr, says);
      assert.ok(!existsSync(temp.at("app")));
    });
  }

  it("needs no relay for what comes with Baton", async () => {
    const { code, stdout, stderr } = await run("new", "empty", "app", "--relay", "http://127.0.0.1:1", "--token", "t");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^baton: the team's templates are missing: .*127\.0\.0\.1:1/);
    assert.match(stdout, /^Empty repository is in /);
  });

  describe("with a relay", () => {
    let team: RelayTeam;
    before(async () => {
      team = await startTeam();
    });
    after(() => team?.[Symbol.asyncDispose]());

    it("templates and new know the team's", async () => {
      const source = { kind: "git", repository: "https://127.0.0.1:1/acme/shop", ref: "v2" };
      await team.owner.request("POST", "/api/templates", {
        id: "shop",
        name: "Our shop",
        description: "Ours.",
        source,
      });
      const there = ["--relay", team.relay.url, "--token", team.owner.token];
      assert.match((await run("templates", ...there)).stdout, /^shop +Our shop: Ours\.$/m);
      const { code, stderr } = await run("new", "shop", "app", ...there);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^Fetching https:\/\/127\.0\.0\.1:1\/acme\/shop …\nbaton: https:\/\/127\.0\.0\.1:1\/acme\/shop could not be fetched: /,
      );
    });
  });
});
