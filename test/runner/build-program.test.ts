import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Step, TemplateSource } from "#protocol/documents";
import { build } from "#runner/node/builds/build";
import { BuildSpec } from "#runner/node/builds/spec";
import { distFolder } from "#test/support/dist";
import { gitEnvironment } from "#test/support/git-server";
import { descendants, isAlive, startProcess, type TestProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

const builtIn: TemplateSource = { kind: "built-in", id: "static-site" };
const git: TemplateSource = { kind: "git", repository: "git@example.com:team/starter.git" };

describe("runner: the program of a build", function () {
  this.timeout(30_000);
  let temp: TempFolder;
  before(function () {
    if (process.platform === "win32") skipBecause(this, "its programs here are a POSIX shell's");
  });
  beforeEach(() => {
    temp = tempFolder("build-program");
  });
  afterEach(() => temp.remove());

  const specIn = (root: string, template: TemplateSource, setUp?: string) =>
    BuildSpec.parse({
      ...{ root, target: join(root, "new"), within: root, shell: ["/bin/sh", "-c"] },
      ...{ agentOnly: [], agentTellsSteps: false },
      wish: { template, name: "Starter", ...(setUp !== undefined && { setUp }) },
    });
  const agent = () => ["/bin/sh", "-c", `echo ran > '${temp.at("agent")}'`] as const;
  const start = (spec: BuildSpec, env: Record<string, string> = {}): TestProcess => {
    writeFileSync(temp.at("steps"), "");
    const argv = [process.execPath, join(distFolder, "build.cjs"), JSON.stringify(spec), ...agent()] as const;
    return startProcess(argv, {
      cwd: temp.path,
      env: { ...gitEnvironment(temp.path), BATON_STEP_FILE: temp.at("steps"), ...env },
    });
  };
  const steps = (): Step[] =>
    readFileSync(temp.at("steps"), "utf8")
      .split("\n")
      .flatMap((line) => (line === "" ? [] : ((JSON.parse(line) as { step?: Step }).step ?? [])));

  describe("while it places a template that is fetched", () => {
    /** Stands in for ssh, which no test may let leave this machine. */
    const ssh = (script: string) => {
      writeFileSync(temp.at("ssh"), `#!/bin/sh\n${script}\n`);
      chmodSync(temp.at("ssh"), 0o755);
      return { GIT_SSH_COMMAND: temp.at("ssh") };
    };
    const told = () => steps().map(({ step, state, params, error }) => [step, state, params.left, error?.code]);

    it("has failed where the server lets it in no further", async () => {
      await using program = start(specIn(temp.path, git), ssh("echo 'Permission denied (publickey).' >&2; exit 255"));
      assert.equal((await program.exited).code, 1, program.stderr());
      assert.deepEqual(told(), [
        ["scaffold", "started", undefined, undefined],
        ["scaffold", "failed", "nothing", "template_unreachable"],
      ]);
    });

    it("was cancelled, and has not failed, where somebody ends it", async () => {
      const asked = temp.at("asked");
      await using program = start(specIn(temp.path, git), ssh(`touch '${asked}'; sleep 60`));
      await until("the server is asked", async () => existsSync(asked) || undefined);
      const below = descendants(program.pid);
      assert.ok(below.length > 0);
      program.kill("SIGTERM");
      assert.equal((await program.exited).code, 130, program.stderr());
      assert.deepEqual(told(), [
        ["scaffold", "started", undefined, undefined],
        ["scaffold", "cancelled", "nothing", "template_cancelled"],
      ]);
      await until("Git has ended with it", async () => !below.some(isAlive) || undefined);
    });

    afterEach("nothing was placed, and no agent has begun", () => {
      assert.ok(!existsSync(temp.at("new")));
      assert.ok(!existsSync(temp.at("agent")));
    });
  });

  for (const [what, setUp, last] of [
    ["a set-up command", "true", "set-up"],
    ["an agent", undefined, "agent"],
  ] as const) {
    it(`starts no ${what.split(" ").slice(1).join(" ")} that was cancelled just before`, async () => {
      const cancelled = new AbortController();
      const states: [Step["step"], Step["state"]][] = [];
      const end = await build(specIn(realpathSync(temp.path), builtIn, setUp && `touch ../${last}`), agent(), {
        ...{ print: () => undefined, signal: cancelled.signal, built: distFolder, stepFile: undefined },
        env: gitEnvironment(temp.path),
        steps: {
          step({ step, state }) {
            states.push([step, state]);
            if (step === last && state === "started") cancelled.abort();
          },
          project: () => undefined,
          tunnel: () => undefined,
        },
      });
      assert.notEqual(end.code, 0);
      assert.deepEqual(states.at(-1), [last, "cancelled"]);
      assert.ok(!existsSync(temp.at(last)));
    });
  }

  it("has the terminal obey nothing but its own two colours, whatever its folder is called", async () => {
    const root = join(realpathSync(temp.path), "shop\x1b]0;evil\x07\x1b[2J\x9b2J");
    mkdirSync(root);
    await using program = start(specIn(root, builtIn, "true"));
    assert.equal((await program.exited).code, 0, program.stderr());
    const printed = program.stdout();
    assert.match(printed, /shop·\]0;evil··\[2J·2J/, "it names the folder");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    assert.deepEqual([...new Set(printed.match(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f][^A-Za-z]*[A-Za-z]/g))].sort(), [
      "\x1b[0m",
      "\x1b[2m",
    ]);
  });
});
