import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { baton, batonTerminal } from "#test/support/baton";
import { commandOf } from "#test/support/processes";
import { processesIn } from "#test/support/system";
import { tempFolder } from "#test/support/temp";

/** Everything here happens without any relay. */
describe("cli: on this machine alone", function () {
  this.timeout(30_000);
  const temp = tempFolder("bl");
  const home = temp.at("home");
  const cwd = temp.at("work");
  before(() => {
    mkdirSync(cwd);
    mkdirSync(temp.at("home", "config"), { recursive: true });
    const shellLine = (mode: string) => ({
      arguments: ["-c", "{prompt}"],
      access: { full: {} },
      prompt: { via: "argument", arguments: ["{prompt}"], required: true },
      ...(mode === "once" && { cancelSignals: ["SIGTERM"] }),
    });
    const agents = [
      {
        id: "line",
        name: "Line",
        command: "/bin/sh",
        versionArguments: [],
        modes: { once: shellLine("once"), interactive: shellLine("interactive") },
      },
    ];
    writeFileSync(temp.at("home", "config", "config.json"), JSON.stringify({ agents }));
  });
  after(() => {
    for (const pid of processesIn(temp.path)) process.kill(pid, "SIGKILL");
    temp.remove();
  });
  const line = (text: string, ...flags: string[]) =>
    baton(["run", text, "--agent", "line", "--access", "full", ...flags], { home, cwd });

  it("run prints the output live and exits with the run's exit code", async () => {
    const { code, stdout, stderr } = await line("printf 'one two\\n'; exit 7");
    assert.equal(code, 7, stderr);
    assert.equal(stdout, "one two\r\n");
  });

  it("run takes a prompt from stdin and prints JSON for programs", async () => {
    const { code, stdout } = await baton(["run", "-", "--agent", "echo", "--json"], { home, cwd, input: "hi there" });
    assert.equal(code, 0);
    const events = stdout
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.equal(events[0]?.event, "started");
    assert.match(events.map((event) => event.text ?? "").join(""), /hi .*there/s);
    assert.deepEqual([events.at(-1)?.event, events.at(-1)?.end, events.at(-1)?.exitCode], ["ended", "exited", 0]);
  });

  it("run says what there is where an agent is not known, and how to get one that is not installed", async () => {
    const unknown = await baton(["run", "x", "--agent", "nobody"], { home, cwd });
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /nobody.*claude/);
    const env = { PATH: "/usr/bin:/bin", SHELL: "/nonexistent" };
    const missing = await baton(["run", "x", "--agent", "codex"], { home, cwd, env });
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /Codex is not installed here\. .*npm install/);
  });

  it("run passes on nothing of the environment that is not on the list", async () => {
    const { stdout } = await baton(["run", "env", "--agent", "line", "--access", "full"], {
      home,
      cwd,
      env: { MY_SECRET: "s3cret" },
    });
    assert.match(stdout, /^PATH=/m);
    assert.ok(!stdout.includes("MY_SECRET"));
  });

  it("run refuses a folder outside", async () => {
    const { code, stderr } = await line("pwd", "--folder", "/etc");
    assert.equal(code, 1);
    assert.match(stderr, /\/etc is outside/);
  });

  it("run --no-follow leaves at once; attach shows the terminal, types, leaves, comes back and ends with the run", async () => {
    const started = await line(
      "read a; echo first $a; read b; echo second $b; exit 3",
      "--no-follow",
      "--mode",
      "interactive",
    );
    const runId = started.stdout.trim();
    assert.match(runId, /^run_[0-9a-f]{32}$/);

    const first = batonTerminal(["attach", runId.slice(0, 20)], { home });
    first.type("one\r");
    await first.shows("first one");
    first.type("\x1d");
    assert.equal(await first.exited, 0);

    const again = batonTerminal(["attach"], { home });
    await again.shows("first one");
    again.type("two\r");
    await again.shows("second two");
    assert.equal(await again.exited, 3);
  });

  it("attach keeps to itself what this terminal answers, which the keeper has answered already", async () => {
    const { stdout } = await line('read a; echo "first [$a]"', "--no-follow", "--mode", "interactive");
    const terminal = batonTerminal(["attach", stdout.trim()], { home });
    // Device attributes, the cursor's place, a colour: in one piece with keys, as a terminal sends them.
    terminal.type("o\x1b[?62;c\x1b[12;40R\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\né\r");
    await terminal.shows("first [oné]");
    assert.equal(await terminal.exited, 0);
  });

  it("run of an agent's own interface is in this terminal, with its size", async () => {
    const terminal = batonTerminal(
      ["run", "stty size; read a; echo got $a", "--agent", "line", "--access", "full", "--mode", "interactive"],
      {
        home,
        cwd,
      },
    );
    await terminal.shows("30 100");
    terminal.type("it\r");
    await terminal.shows("got it");
    assert.equal(await terminal.exited, 0);
  });

  it("run of a shell needs no level of access, and is said to be ended by what ended it", async () => {
    const shell = (text: string) => baton(["run", text, "--agent", "shell"], { home, cwd });
    const printed = await shell("echo $((40+2))");
    assert.deepEqual([printed.code, printed.stdout], [0, "42\r\n"], printed.stderr);
    const killed = await shell("kill -INT $$");
    assert.equal(killed.code, 130);
    assert.match(killed.stderr, /the run was ended by SIGINT/);
  });

  it("an interactive shell runs the line, takes Ctrl-C, and stays open where the line left it", async () => {
    const terminal = batonTerminal(
      ["run", "cd /; read a; echo $a-$PWD; sleep 100", "--agent", "shell", "--mode", "interactive"],
      {
        home,
        cwd,
        env: { SHELL: "/bin/bash", HOME: temp.path },
      },
    );
    // What is answered has passed through the run's keyboard, so Ctrl-C is the run's too and not this command's.
    terminal.type("at\r");
    await terminal.shows("at-/");
    terminal.type("\x03");
    terminal.type("echo now-$PWD-$-\r");
    await terminal.shows(/now-\/-\w*i\w*/);
    terminal.type("exit 4\r");
    assert.equal(await terminal.exited, 4);
  });

  it("run is cancelled by Ctrl-C", async () => {
    const terminal = batonTerminal(["run", "echo working; sleep 100", "--agent", "line", "--access", "full"], {
      home,
      cwd,
    });
    await terminal.shows("working");
    terminal.type("\x03");
    assert.equal(await terminal.exited, 130);
  });

  it("keeps one keeper, started from a copy that a new build does not touch", () => {
    const keepers = processesIn(temp.path).filter((pid) => /keeper\.cjs --home/.test(commandOf(pid) ?? ""));
    assert.equal(keepers.length, 1);
    const [version = ""] = readdirSync(temp.at("home", "data", "keeper-bin"));
    assert.ok(commandOf(keepers[0] ?? 0)?.includes(temp.at("home", "data", "keeper-bin", version, "keeper.cjs")));
  });

  it("attach says where there is nothing to attach to", async () => {
    const { code, stderr } = await baton(["attach"], { home });
    assert.equal(code, 1);
    assert.match(stderr, /no run is at work/);
  });
});
