import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { baton } from "#test/support/baton";
import { tempFolder } from "#test/support/temp";

describe("cli: usage", function () {
  this.timeout(30_000);
  const temp = tempFolder("usage");
  const home = temp.at("home");
  after(() => temp.remove());

  const flagsOf: Readonly<Record<string, readonly string[]>> = {
    runner: [
      "workspace",
      "relay",
      "join-token",
      "policy",
      "name",
      "label",
      "concurrency",
      "max-run-minutes",
      "log-level",
      "json",
    ],
    run: [
      "agent",
      "runner",
      "label",
      "mode",
      "access",
      "folder",
      "follow",
      "local",
      "relay",
      "token",
      "workspace",
      "json",
    ],
    attach: ["relay", "token"],
    pair: ["workspace", "join-token", "name", "json"],
    new: ["ref", "path", "set", "over", "relay", "token", "json"],
    templates: ["relay", "token", "json"],
    version: ["json"],
  };
  for (const [command, flags] of Object.entries(flagsOf)) {
    it(`${command} --help names every flag with its variable`, async () => {
      const { code, stdout } = await baton([command, "--help"], { home });
      assert.equal(code, 0);
      const help = stdout.replace(/\n {10,}/g, " ");
      for (const flag of flags) assert.match(help, new RegExp(`--${flag}\\b[^\\n]*env: BATON_[A-Z_]+`), flag);
    });
  }

  const wrong: { args: string[]; names: string; env?: NodeJS.ProcessEnv }[] = [
    { args: ["nonsense"], names: "nonsense" },
    { args: ["runner", "--polciy", "ask"], names: "--polciy" },
    { args: ["runner", "--relay", "ftp://x"], names: "--relay" },
    { args: ["runner", "--relay", "http://127.0.0.1:1", "--policy", "sometimes"], names: "--policy" },
    { args: ["runner", "--relay", "http://127.0.0.1:1"], names: "BATON_POLICY", env: { BATON_POLICY: "sometimes" } },
    { args: ["runner", "--relay", "http://127.0.0.1:1", "--workspace", "/nowhere"], names: "--workspace" },
    { args: ["runner", "--relay", "http://127.0.0.1:1", "--concurrency", "0"], names: "--concurrency" },
    { args: ["runner", "--relay", "http://127.0.0.1:1", "--label", "not a label"], names: "--label" },
    { args: ["runner"], names: "--relay" },
    { args: ["run", "x"], names: "--agent" },
    { args: ["run", "", "--agent", "echo"], names: "prompt" },
    { args: ["run", "x", "--agent", "Not An Id"], names: "--agent" },
    { args: ["run", "x", "--agent", "echo", "--mode", "twice"], names: "--mode" },
    { args: ["run", "x", "--agent", "echo", "--access", "most"], names: "--access" },
    { args: ["run", "x", "--agent", "echo", "--runner", "mine"], names: "--relay" },
    { args: ["run", "x", "--agent", "echo", "--relay", "http://127.0.0.1:1"], names: "--token" },
    { args: ["pair"], names: "url" },
    { args: ["pair", "nowhere"], names: "url" },
    { args: ["new", "empty"], names: "folder" },
    { args: ["new", "empty", "x", "--ref", "main"], names: "--ref" },
    { args: ["new", "empty", "x", "--set", "title"], names: "--set" },
    { args: ["new", "empty", "x", "--set", "title=x"], names: "project-title" },
  ];
  for (const { args, names, env } of wrong) {
    it(`“baton ${args.join(" ")}” is one line that names ${names}, and exit code 2`, async () => {
      const { code, stdout, stderr } = await baton(args, { home, ...(env && { env }) });
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, /^baton: [^\n]+\n$/);
      assert.ok(stderr.includes(names), stderr);
    });
  }

  const hints: { args: string[]; says: RegExp; exitCode: number }[] = [
    { args: ["nonsense"], says: /see “baton --help”/, exitCode: 2 },
    { args: ["runner", "--polciy", "ask"], says: /see “baton runner --help”/, exitCode: 2 },
    { args: ["pair"], says: /see “baton pair --help”/, exitCode: 2 },
    {
      args: ["pair", "http://127.0.0.1:1"],
      says: /nobody answers at http:\/\/127\.0\.0\.1:1 .*ECONNREFUSED/,
      exitCode: 1,
    },
    {
      args: ["run", "x", "--agent", "echo", "--relay", "http://127.0.0.1:1", "--token", "t"],
      says: /nobody answers at http:\/\/127\.0\.0\.1:1/,
      exitCode: 1,
    },
    { args: ["run", "", "--agent", "echo", "--local"], says: /prompt: a prompt needs text/, exitCode: 2 },
    { args: ["attach", "nope"], says: /“nope” is neither the id .* none is at work here/, exitCode: 2 },
  ];
  for (const { args, says, exitCode } of hints) {
    it(`“baton ${args.join(" ")}” says what helps`, async () => {
      const { code, stderr } = await baton(args, { home });
      assert.equal(code, exitCode, stderr);
      assert.match(stderr, /^baton: [^\n]+\n$/);
      assert.match(stderr, says);
    });
  }

  it("version says where things are", async () => {
    const { code, stdout } = await baton(["version", "--json"], { home });
    assert.equal(code, 0);
    const facts = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(facts.config, temp.at("home", "config", "config.json"));
    assert.equal(facts.data, temp.at("home", "data"));
    assert.match(String(facts.version), /^\d+\.\d+\.\d+/);
  });

  it("names file, line and field of a wrong configuration", async () => {
    mkdirSync(temp.at("home", "config"), { recursive: true });
    const file = temp.at("home", "config", "config.json");
    writeFileSync(file, '{\n  "policy": "never"\n}\n');
    const { code, stderr } = await baton(["run", "x", "--agent", "echo"], { home });
    assert.equal(code, 1);
    assert.match(stderr, /config\.json:2: policy: [^\n]+\n$/);
    writeFileSync(file, "{}");
  });
});
