import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { CommandRequest } from "#runner/core/host";
import { builtInProfiles, ProfileSchema } from "#runner/core/profiles";
import { createVersions, parseVersion } from "#runner/node/agent-version";
import { createDetector } from "#runner/node/detect";
import { resolveCommand } from "#runner/node/resolve-command";
import { shellCommand } from "#runner/node/shell-command";
import { tempFolder } from "#test/support/temp";

const quiet = () => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

describe("runner: the command of an agent", () => {
  const temp = tempFolder("resolve");
  const dirs = { data: temp.at("data"), config: temp.at("config") };
  const bin = temp.at("bin");
  const user = { PATH: bin, HOME: "/home/ana", SECRET: "s", CLAUDE_CONFIG_DIR: "/c", SHELL: "/bin/sh" };
  before(() => {
    mkdirSync(bin);
    for (const name of ["claude", "gemini"]) {
      writeFileSync(temp.at("bin", name), `#!/bin/sh\necho "${name} 1.2.3 (Build)"\n`);
      chmodSync(temp.at("bin", name), 0o755);
    }
  });
  after(() => temp.remove());

  const resolve = (request: Partial<CommandRequest>) =>
    resolveCommand(
      { dirs, profiles: () => builtInProfiles, environment: async () => user, passEnvironment: () => ["PASSED"] },
      {
        agent: "claude",
        mode: "once",
        access: "edit",
        text: "do it",
        cwd: temp.path,
        env: {},
        size: { cols: 80, rows: 24 },
        approved: false,
        ...request,
      },
    );

  it("is absolute, with the prompt on stdin and a session of its own", async () => {
    const { command, shown } = await resolve({});
    assert.equal(command.argv[0], temp.at("bin", "claude"));
    assert.equal(command.stdin, "do it");
    const { id } = command.session ?? {};
    assert.match(id ?? "", /^[0-9a-f]{8}-/);
    assert.ok(command.argv.includes(`--session-id=${id}`));
    assert.match(shown, /^claude -p/);
    assert.deepEqual(command.cancelSignals, ["SIGINT", "SIGTERM"]);
  });

  it("has the allowed environment, what the profile names and what the prompt may set", async () => {
    const { command } = await resolve({ env: { EXTRA: "1" } });
    assert.deepEqual(command.env, {
      PATH: bin,
      HOME: "/home/ana",
      CLAUDE_CONFIG_DIR: "/c",
      SHELL: "/bin/sh",
      EXTRA: "1",
    });
  });

  it("goes on with the session of the run before", async () => {
    const { command } = await resolve({ resume: { sessionId: "11111111-2222-4333-8444-555555555555" } });
    assert.ok(command.argv.includes("--resume=11111111-2222-4333-8444-555555555555"));
    await assert.rejects(resolve({ resume: {} }), { code: "session_unknown" });
    await assert.rejects(resolve({ resume: { sessionId: "--evil" } }), { code: "session_unknown" });
  });

  it("has the files of its access level, private to the user and shared between runs", async () => {
    const { command } = await resolve({ agent: "gemini", access: "read" });
    const policy = command.argv.find((text) => text.startsWith("--admin-policy="))?.slice("--admin-policy=".length);
    assert.ok(policy && existsSync(policy));
    assert.match(readFileSync(policy, "utf8"), /deny/);
    assert.equal(statSync(policy).mode & 0o777, 0o600);
    const again = await resolve({ agent: "gemini", access: "read" });
    assert.ok(again.command.argv.includes(`--admin-policy=${policy}`));
  });

  const refused: { request: Partial<CommandRequest>; code: string }[] = [
    { request: { agent: "codex" }, code: "agent_missing" },
    { request: { agent: "nobody" }, code: "agent_not_allowed" },
    { request: { agent: "shell", access: "edit" }, code: "profile_access_unsupported" },
    { request: { agent: "shell", access: "full", text: "rm -rf /" }, code: "command_line_not_allowed" },
  ];
  for (const { request, code } of refused) {
    it(`is refused with ${code}: ${JSON.stringify(request)}`, () => assert.rejects(resolve(request), { code }));
  }

  it("runs a command line that the local user has said yes to", async () => {
    const { command } = await resolve({ agent: "shell", access: "full", text: "make test", approved: true });
    assert.deepEqual(command.argv, ["/bin/sh", "-c", "make test"]);
  });

  it("asks about a shell that stays open, whatever lines are allowed", async () => {
    const allowed = builtInProfiles.map((one) => (one.id === "shell" ? { ...one, allowedLines: ["make test"] } : one));
    const request = { agent: "shell", access: "full", text: "make test", approved: false } as const;
    const options = { dirs, profiles: () => allowed, environment: async () => user, passEnvironment: () => [] };
    const rest = { cwd: temp.path, env: {}, size: { cols: 80, rows: 24 } };
    const once = await resolveCommand(options, { ...request, ...rest, mode: "once" });
    assert.deepEqual(once.command.argv, ["/bin/sh", "-c", "make test"]);
    const session = { ...request, ...rest, mode: "interactive" } as const;
    await assert.rejects(resolveCommand(options, session), { code: "command_line_not_allowed" });
    const { command, shown } = await resolveCommand(options, { ...session, approved: true });
    assert.deepEqual([command.argv.at(0), command.argv.at(-1), shown], ["/bin/sh", "make test", "sh"]);
    assert.deepEqual(command.cancelSignals, ["SIGINT", "SIGHUP", "SIGTERM"]);
    assert.deepEqual(shellCommand({}, true, "win32"), ["cmd.exe", "/d", "/s", "/k"]);
  });

  for (const { shell, used } of [
    { shell: "/usr/bin/zsh", used: "/usr/bin/zsh" },
    { shell: "/opt/homebrew/bin/fish", used: "/opt/homebrew/bin/fish" },
    { shell: "/bin/tcsh", used: "/bin/sh" },
    { shell: "/usr/local/bin/nu", used: "/bin/sh" },
  ]) {
    it(`runs lines of a user of ${shell} by ${used}`, () => {
      const session = shellCommand({ SHELL: shell }, true, "linux");
      assert.deepEqual([session.at(0), session.at(-1)], [used, used]);
      assert.deepEqual(shellCommand({ SHELL: shell }, false, "linux"), [used, "-c"]);
    });
  }

  it("names agents with their version, asked once for each file as it is", async () => {
    const versions = createVersions(dirs, log);
    const detector = createDetector({
      profiles: () => builtInProfiles,
      environment: async () => user,
      versions,
      now: () => Date.now(),
      log,
    });
    const changed = new Promise<void>((resolveChange) => detector.onChange(resolveChange));
    const first = await detector.agents();
    assert.deepEqual(
      first.filter(({ available }) => available).map(({ id }) => id),
      ["claude", "gemini", "echo", "shell", "dev-server"],
    );
    const codex = first.find(({ id }) => id === "codex");
    assert.match(codex?.install ?? "", /npm install/);
    await changed;
    const claude = (await detector.agents()).find(({ id }) => id === "claude");
    assert.equal(claude?.version, "1.2.3");
    assert.deepEqual(claude?.modes.once, ["read", "edit", "full"]);
    assert.equal(createVersions(dirs, log).known(temp.at("bin", "claude")), "1.2.3", "another process knows it too");
    writeFileSync(temp.at("bin", "claude"), "#!/bin/sh\necho 2.0.0-beta.1 and more\n");
    assert.equal(createVersions(dirs, log).known(temp.at("bin", "claude")), undefined, "an update is another file");
  });

  it("names agents with their version where the disk takes no file", async () => {
    const warnings: string[] = [];
    const warn = (_: unknown, message: string) => void warnings.push(message);
    const loud = { ...log, warn };
    // Below a file there is no folder to be made, as on a full disk.
    const detector = createDetector({
      profiles: () => builtInProfiles,
      environment: async () => user,
      versions: createVersions({ ...dirs, data: temp.at("bin", "claude", "data") }, loud),
      now: () => Date.now(),
      log: loud,
    });
    const changed = new Promise<void>((resolveChange) => detector.onChange(resolveChange));
    await detector.agents();
    await changed;
    assert.match((await detector.agents()).find(({ id }) => id === "claude")?.version ?? "", /^\d/);
    assert.ok(warnings.length > 0);
  });

  it("says which keys an agent needs that are not set", async () => {
    const profile = ProfileSchema.parse({
      id: "keyed",
      name: "Keyed",
      command: "claude",
      versionArguments: [],
      requiredEnvironment: ["HOME", "KEYED_API_KEY"],
      modes: { once: { arguments: [], access: { full: {} }, prompt: { via: "stdin" } } },
    });
    const detector = createDetector({
      profiles: () => [profile],
      environment: async () => user,
      versions: createVersions(dirs, log),
      now: () => Date.now(),
      log,
    });
    assert.deepEqual((await detector.agents())[0]?.missingEnvironment, ["KEYED_API_KEY"]);
  });

  it("finds a version in what people print", () => {
    assert.equal(parseVersion("2.1.197 (Claude Code)"), "2.1.197");
    assert.equal(parseVersion("codex-cli 0.169.0"), "0.169.0");
    assert.equal(parseVersion("tool v1.2.0-beta.15+x"), "1.2.0-beta.15");
    assert.equal(parseVersion("no number"), undefined);
  });
});
