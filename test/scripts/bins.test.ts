import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { artifact, distFolder } from "#test/support/dist";
import { runProcess } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";

/** The commands as a person has them who installed the package. */
describe("the commands of the built package", function () {
  this.timeout(90_000);
  let folder: TempFolder;
  const bin = (name: string) => folder.at("prefix", "bin", name);

  before(async () => {
    artifact("cli");
    artifact("relay");
    folder = tempFolder("baton-bins");
    const staged = folder.at("package");
    mkdirSync(staged);
    for (const file of ["package.json", "README.md", "LICENSE", "CHANGELOG.md"]) cpSync(file, join(staged, file));
    const shipped = [
      "baton.cjs",
      "baton-relay.cjs",
      "keeper.cjs",
      "snapshot-worker.cjs",
      "agent-view.cjs",
      "cloudflared-install.cjs",
      "cloudflared-tunnel.cjs",
      "build.cjs",
      "restarting.cjs",
      "node-pty",
      "templates",
      "ui",
    ];
    for (const name of shipped.filter((one) => readdirSync(distFolder).includes(one))) {
      cpSync(join(distFolder, name), join(staged, "dist", name), { recursive: true });
    }
    const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    const packed = await runProcess(["npm", "pack", ...quiet, "--pack-destination", folder.path], { cwd: staged });
    assert.equal(packed.code, 0, packed.stderr);
    const [archive] = readdirSync(folder.path).filter((name) => name.endsWith(".tgz"));
    const install = ["npm", "install", "--global", "--offline", ...quiet, "--prefix", folder.at("prefix")] as const;
    const installed = await runProcess([...install, folder.at(archive ?? "")], { cwd: folder.path });
    assert.equal(installed.code, 0, installed.stderr);
  });
  after(() => folder?.remove());

  it("baton says its version and where its files are", async () => {
    const { code, stdout } = await runProcess([bin("baton"), "version", "--json"], {
      env: { BATON_HOME: folder.at("home") },
    });
    assert.equal(code, 0);
    const facts = JSON.parse(stdout);
    assert.match(facts.version, /^\d+\.\d+\.\d+$/);
    assert.ok(facts.data.startsWith(folder.at("home")));
  });

  it("baton has its templates with it, with the files that npm leaves out of packages", async () => {
    const args = [bin("baton"), "new", "express-api", folder.at("app"), "--json"] as const;
    const { code, stdout, stderr } = await runProcess(args, { env: { BATON_HOME: folder.at("home") } });
    assert.equal(code, 0, stderr);
    for (const file of ["package.json", ".gitignore", "AGENTS.md", "src/app.js", "test/notes.test.js"]) {
      assert.ok(JSON.parse(stdout).creates.includes(file), file);
    }
    assert.match(readFileSync(folder.at("app", ".gitignore"), "utf8"), /node_modules/);
  });

  for (const [name, args] of [
    ["baton", ["--help"]],
    ...["runner", "run", "attach", "pair", "new", "templates", "version"].map(
      (command) => ["baton", [command, "--help"]] as const,
    ),
    ["baton-relay", ["--help"]],
    ...["serve", "link", "join-token"].map((command) => ["baton-relay", [command, "--help"]] as const),
  ] as const) {
    it(`${name} ${args.join(" ")} names every flag with its variable`, async () => {
      const { code, stdout } = await runProcess([bin(name), ...args]);
      assert.equal(code, 0);
      assert.match(stdout, /Usage: baton/i);
      const flags = stdout.split(/\n(?= {2}-)/).slice(1);
      const without = flags.filter((text) => !/-h, --help|-V, --version/.test(text) && !/env:\s+[A-Z_]+/.test(text));
      assert.deepEqual(without, []);
    });
  }

  const wrong: [string, string[]][] = [
    ["baton", ["runner", "--policy", "maybe"]],
    ["baton", ["runner", "--wat"]],
    ["baton", ["dance"]],
    ["baton-relay", ["--port", "http"]],
    ["baton-relay", ["--wat"]],
  ];
  for (const [name, args] of wrong) {
    it(`${name} ${args.join(" ")}: one line that names it, and exit 2`, async () => {
      const { code, stdout, stderr } = await runProcess([bin(name), ...args]);
      assert.equal(stdout, "");
      assert.match(stderr, /^.+\n$/);
      assert.ok(stderr.includes(args.at(-1) ?? ""), stderr);
      assert.equal(code, 2);
    });
  }
});
