import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { buildSync } from "esbuild";
import {
  buildCommand,
  builtInProfiles,
  type CommandOptions,
  type Profile,
  type ProfileCommand,
  parseListedSession,
  parsePrintedSession,
  sessionLookup,
} from "#runner/core/profiles";
import { agentEnvironment, type TestedAgent, testedAgents } from "#test/agents/environment";
import { type ScriptedModel, startScriptedModel } from "#test/agents/scripted-model";
import { openTerminal, type TestTerminal } from "#test/agents/terminal";
import { commandOf, isAlive, processesWithEnvironment, runProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { cacheFolder } from "../support/pinned-packages.mjs";
import { installAgents } from "./install.mjs";

/** What a person sees and types in the TUI of an agent. */
const faces: Record<TestedAgent, { ready: RegExp; question: RegExp; yes: string; leave: string }> = {
  claude: { ready: /\? for shortcuts/, question: /Do you want to create hello\.txt/, yes: "\r", leave: "/exit" },
  codex: { ready: /Ask Codex to do anything/, question: /Would you like to run/, yes: "y", leave: "/quit" },
  gemini: { ready: /Type your message/, question: /Apply this change\?/, yes: "\r", leave: "/quit" },
  opencode: { ready: /Ask anything/, question: /Permission required/, yes: "\r", leave: "/exit" },
};

/** The agents that end their tools themselves; what the others leave behind, only the sweep finds. */
const endsItsTools: readonly TestedAgent[] = ["claude", "codex"];

const oddPrompt = "-x --help \"two\" 'one'\nnext {cwd} $HOME `ls` 😀";
const marker = "BATON_TEST_MARKER";

describe("profiles of real agents", function () {
  this.timeout(60_000);
  let model: ScriptedModel;
  let work: TempFolder;
  let home: string;
  let binDir: string;

  before(async function () {
    this.timeout(15 * 60_000);
    try {
      ({ binDir } = await installAgents());
    } catch (error) {
      skipBecause(this, `the agent CLIs could not be installed: ${String(error)}`);
    }
    model = await startScriptedModel({ delayMs: 1 });
    work = tempFolder("agents");
    const homes = join(cacheFolder(), "test-homes");
    mkdirSync(homes, { recursive: true });
    home = realpathSync(mkdtempSync(join(homes, "home-")));
  });

  after(async () => {
    await model?.close();
    work?.remove();
    if (home) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  for (const agent of testedAgents) {
    describe(agent, () => {
      const profile = profileOf(agent);
      let cwd: string;
      let env: Record<string, string>;

      before(() => {
        cwd = work.at(agent);
        mkdirSync(cwd);
        const path = [binDir, process.env.PATH ?? ""].join(":");
        env = { PATH: path, ...agentEnvironment(agent, { home, modelUrl: model.url, cwd }).env };
      });

      const command = (options: Partial<CommandOptions>): ProfileCommand =>
        buildCommand(profile, {
          mode: "once",
          access: "edit",
          prompt: "",
          sessionId: randomUUID(),
          cwd,
          node: process.execPath,
          filesFolder: work.at(`${agent}-files`),
          ...options,
        });

      const open = (what: ProfileCommand, extra: Record<string, string> = {}): TestTerminal =>
        openTerminal(what, { cwd, env: { ...env, ...extra }, filesFolder: work.at(`${agent}-files`) });

      /** Runs to the end. The session is what a keeper would have written into the log. */
      async function once(options: Partial<CommandOptions>) {
        const what = command(options);
        const terminal = open(what);
        const { exitCode } = await terminal.exited;
        const printed = what.learnsSession && parsePrintedSession(what.learnsSession, terminal.output());
        return { exitCode, output: terminal.output(), sessionId: printed ?? what.sessionId };
      }

      /** hello.txt, which is gone afterwards. */
      function takeHello(): string | undefined {
        const file = join(cwd, "hello.txt");
        if (!existsSync(file)) return undefined;
        const text = readFileSync(file, "utf8");
        rmSync(file);
        return text;
      }

      it("writes as far as its access allows", async () => {
        assert.equal((await once({ access: "read", prompt: "write hello" })).exitCode, 0);
        assert.equal(takeHello(), undefined);
        assert.equal((await once({ access: "edit", prompt: "write hello" })).exitCode, 0);
        assert.equal(takeHello(), "write hello\n");
        assert.equal((await once({ access: "full", prompt: "run echo all > hello.txt" })).exitCode, 0);
        assert.equal(takeHello(), "all\n");
      });

      it("tells a failure by its exit code", async () => {
        const { exitCode, output } = await once({ prompt: "error x" });
        assert.notEqual(exitCode, 0);
        assert.match(output, /scripted error/);
      });

      it("takes any prompt, and goes on with the right session", async () => {
        const longPrompt = `say ${"é".repeat(100_000)}`;
        const first = await once({ prompt: oddPrompt });
        assert.equal(first.exitCode, 0);
        assert.equal(model.requests().at(-1)?.prompt, oddPrompt);
        const second = await once({ prompt: longPrompt });
        assert.equal(second.exitCode, 0);
        assert.ok(model.requests().some((request) => request.prompt === longPrompt));

        assert.ok(first.sessionId);
        const sessionId = (await lookedUp(first.sessionId)) ?? first.sessionId;
        const from = model.requests().length;
        const third = await once({ prompt: "say again", resume: { sessionId } });
        assert.equal(third.exitCode, 0, third.output);
        const seen = model
          .requests()
          .slice(from)
          .find((request) => request.prompt === "say again");
        assert.deepEqual(seen?.userTexts, [oddPrompt, "say again"]);
        takeHello();
      });

      async function lookedUp(sessionId: string): Promise<string | undefined> {
        const lookup = sessionLookup(profile, { sessionId, cwd, node: process.execPath });
        if (!lookup) return undefined;
        const { stdout } = await runProcess(["env", ...lookup.argv], { cwd, env: { ...env, ...lookup.env } });
        return parseListedSession(lookup, stdout);
      }

      it("asks in its TUI, starts without any other question and leaves by its own command", async () => {
        const face = faces[agent];
        const what = command({ mode: "interactive", access: "read" });
        const terminal = open(what);
        await terminal.shows(face.ready);
        await delay(500);
        // Codex's read-only sandbox refuses a write without asking; it asks when the model wants to leave it.
        await terminal.type(agent === "codex" ? "escalate echo asked > hello.txt" : "write asked");
        await delay(300);
        terminal.press("\r");
        await terminal.shows(face.question);
        assert.equal(takeHello(), undefined);
        terminal.press(face.yes);
        await terminal.shows(/done: (write|escalate)/);
        assert.match(takeHello() ?? "", /asked/);
        await terminal.type(face.leave);
        await delay(500);
        terminal.press("\r");
        assert.equal((await terminal.exited).exitCode, 0);
        const printed = what.learnsSession && parsePrintedSession(what.learnsSession, terminal.output());
        assert.ok(printed, terminal.screen());
        if (what.sessionId !== undefined && profile.modes.interactive?.session?.start.length) {
          assert.equal(printed, what.sessionId);
        }
      });

      it("leaves nothing running after a cancel and a sweep", async function () {
        if (process.platform !== "linux") skipBecause(this, "the sweep by environment is Linux's");
        const mark = randomUUID();
        const marked = (): number[] => processesWithEnvironment(marker, mark);
        const tool = (): boolean => marked().some((pid) => commandOf(pid) === "sleep 300");
        const what = command({ access: "full", prompt: "run sleep 300" });
        const terminal = open(what, { [marker]: mark });
        for (let tries = 0; !tool() && tries < 500; tries++) await delay(20);
        assert.ok(tool(), terminal.output());
        let isOver = false;
        const over = terminal.exited.then(() => {
          isOver = true;
        });
        for (const signal of what.cancelSignals) {
          if (!isOver) terminal.signal(signal);
          await Promise.race([over, delay(5_000)]);
        }
        assert.ok(isOver, "it does not end by its cancel signals");
        await delay(300);
        if (endsItsTools.includes(agent)) assert.equal(tool(), false);
        for (const pid of marked()) process.kill(pid, "SIGKILL");
        await delay(100);
        assert.deepEqual(marked().filter(isAlive), []);
      });

      if (agent === "claude") {
        it("is shown as it works, and ends as it ends", async () => {
          const outfile = work.at("agent-view.cjs");
          const build = { bundle: true, platform: "node", outfile, logLevel: "silent" } as const;
          buildSync({ ...build, entryPoints: ["runner/node/agent-view.ts"] });
          const viewer = [process.execPath, outfile];
          const done = await once({ prompt: "write viewed", viewer });
          assert.equal(done.exitCode, 0);
          assert.match(done.output, /I will write it\.\r\n.*● Write.*hello\.txt.*\r\n.*⎿[\s\S]*done: write viewed\r\n/);
          assert.equal(takeHello(), "write viewed\n");
          const failed = await once({ prompt: "error x", viewer });
          assert.notEqual(failed.exitCode, 0);
          assert.match(failed.output, /scripted error/);
        });
      }

      if (agent !== "gemini") return;
      it("cannot plan its way out of its access", async () => {
        const from = model.requests().length;
        await once({ access: "read", prompt: 'call enter_plan_mode {"reason":"to get out"}' });
        const offered = model
          .requests()
          .slice(from)
          .flatMap((request) => request.tools.map((tool) => tool.name));
        assert.ok(offered.includes("read_file"));
        assert.deepEqual(
          offered.filter((name) => /plan_mode|write_file|replace|shell/.test(name)),
          [],
        );
      });
    });
  }
});

function profileOf(agent: TestedAgent): Profile {
  const profile = builtInProfiles.find((candidate) => candidate.id === agent);
  assert.ok(profile, agent);
  return profile;
}
