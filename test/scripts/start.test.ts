import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { signIn } from "#test/support/people";
import { takePort } from "#test/support/ports";
import { commandOf, runProcess, startProcess, type TestProcess } from "#test/support/processes";
import { processesIn } from "#test/support/system";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

const start = (folder: TempFolder, ...args: string[]): TestProcess => {
  const workspace = folder.at("workspace");
  mkdirSync(workspace, { recursive: true });
  return startProcess([process.execPath, "scripts/start.mjs", "--workspace", workspace, ...args], {
    env: { BATON_HOME: folder.at("home"), BATON_PORT: undefined },
    detached: true,
  });
};
const signInLink = (line: string) => /(http:\S+#link=\S+)/.exec(line)?.[1];
/** What a terminal does at Ctrl-C: every process of the group gets the signal. */
const pressCtrlC = (running: TestProcess) => process.kill(-running.pid, "SIGINT");

const warmStartMs = 2_000;
const maxWarmStarts = 6;

describe("npm start", function () {
  this.timeout(60_000);

  it("serves, runs a prompt, and leaves nothing behind at Ctrl-C", async () => {
    using folder = tempFolder("bt");
    await using running = start(folder, "--policy", "auto");
    const link = await running.line(signInLink, 30_000);
    await running.line((line) => (line.includes("Ctrl-C") ? true : undefined));
    assert.match(running.stdout(), /Agents +.*Echo/);
    assert.ok(running.stdout().includes(folder.at("home")), "says where data lives");
    const owner = await signIn(new URL(link).origin, link);
    const { runners } = await owner.client.call("listRunners");
    assert.equal(runners[0]?.body.folder, folder.at("workspace"));
    const target = { runnerId: runners[0]?.id ?? "" };
    const done = await owner.client.call("queuePrompt", { body: { target, agent: "echo", body: { text: "hello" } } });
    await until("the prompt is done", async () => {
      const { state } = await owner.client.call("readPrompt", { params: { id: done.id } });
      return state === "done" || undefined;
    });
    const body = { target, agent: "echo", mode: "interactive" as const, body: { text: "stay" } };
    const staying = await owner.client.call("queuePrompt", { body });
    await until(
      "the run is there",
      async () => (await owner.client.call("readPrompt", { params: { id: staying.id } })).runId,
    );
    pressCtrlC(running);
    const { code } = await running.exited;
    assert.match(running.stdout(), /1 run was cancelled/);
    assert.equal(code, 0);
    assert.deepEqual(processesIn(folder.path), []);
  });

  it("starts again in two seconds, in the same folder, without a new pairing", async () => {
    using folder = tempFolder("bt");
    const paired = async (running: TestProcess, find: (line: string) => string | undefined) => {
      const url = await running.line(find, 30_000);
      await running.line((line) => (line.includes("Ctrl-C") ? true : undefined), 30_000);
      return url;
    };
    const first = start(folder);
    const link = await paired(first, signInLink);
    const owner = await signIn(new URL(link).origin, link);
    const before = await owner.client.call("listRunners");
    await first.stop(20_000);
    const took: number[] = [];
    const again = async () => {
      const startedAt = performance.now();
      const second = start(folder);
      const url = await paired(second, (line) => /Dashboard +(\S+)/.exec(line)?.[1]);
      took.push(performance.now() - startedAt);
      assert.equal(new URL(url).origin, new URL(link).origin);
      return second;
    };
    let second = await again();
    // A slow one may be the machine's, which does other things as well.
    while (Math.min(...took) > warmStartMs && took.length < maxWarmStarts) {
      await second.stop(20_000);
      second = await again();
    }
    assert.ok(Math.min(...took) <= warmStartMs, `${took.map(Math.round).join(", ")} ms`);
    const after = await owner.client.call("listRunners");
    assert.deepEqual(
      after.runners.map(({ id, deviceId }) => ({ id, deviceId })),
      before.runners.map(({ id, deviceId }) => ({ id, deviceId })),
    );
    await second.stop(20_000);
    assert.deepEqual(processesIn(folder.path), []);
  });

  it("takes the next free port where 4000 is taken, and says so", async () => {
    using folder = tempFolder("bt");
    const taken = await takePort(4000).catch(() => undefined);
    await using running = start(folder);
    const link = await running.line(signInLink, 30_000);
    const said = /Port 4000 is taken, so the relay is at (\d+)/.exec(running.stdout())?.[1];
    assert.ok(said, running.stdout());
    assert.equal(new URL(link).port, said);
    await running.stop(20_000);
    await taken?.release();
  });

  it("says where it runs when it is started twice", async () => {
    using folder = tempFolder("bt");
    await using running = start(folder);
    const link = await running.line(signInLink, 30_000);
    await using second = start(folder);
    const { code } = await second.exited;
    assert.equal(code, 1);
    assert.ok(second.stderr().startsWith(`Baton already runs at ${new URL(link).origin}\n`), second.stderr());
    assert.equal(second.stdout(), "");
    await running.stop(20_000);
  });

  it("starts a relay that was killed again, and nothing is lost", async () => {
    using folder = tempFolder("bt");
    await using running = start(folder, "--policy", "auto");
    const link = await running.line(signInLink, 30_000);
    const { origin } = new URL(link);
    const owner = await signIn(origin, link);
    const { runners } = await owner.client.call("listRunners");
    const target = { runnerId: runners[0]?.id ?? "" };
    const body = { target, agent: "echo", mode: "interactive" as const, body: { text: "still here" } };
    const prompt = await owner.client.call("queuePrompt", { body });
    const runId = await until(
      "the run is there",
      async () => (await owner.client.call("readPrompt", { params: { id: prompt.id } })).runId,
    );
    const relay = processesIn(folder.path).find((pid) => /baton-relay\.cjs/.test(commandOf(pid) ?? ""));
    process.kill(relay ?? -1, "SIGKILL");
    await running.line((line) => (/relay has ended .* started again/.test(line) ? true : undefined), 30_000);
    await until("the relay serves again", async () => {
      const answer = await fetch(`${origin}/healthz`).catch(() => undefined);
      return answer?.ok || undefined;
    });
    const run = await owner.client.call("readRun", { params: { id: runId } });
    assert.notEqual(run.status, "ended");
    await running.stop(20_000);
    assert.match(running.stdout(), /1 run was cancelled/);
    assert.deepEqual(processesIn(folder.path), []);
  });

  it("makes the playground as a git repository with a first commit", async () => {
    using folder = tempFolder("bt");
    const playground = folder.at("playground");
    const script = `import { makePlayground } from "./scripts/playground.mjs"; makePlayground(process.argv[1]);`;
    await runProcess([process.execPath, "--input-type=module", "-e", script, playground]);
    const log = spawnSync("git", ["log", "--oneline"], { cwd: playground, encoding: "utf8" }).stdout;
    assert.equal(log.trim().split("\n").length, 1);
    assert.deepEqual(readdirSync(playground).sort(), [".git", "README.md"]);
  });

  const wrong: [string, string[], RegExp][] = [
    ["a folder that is not there", ["--workspace", "/nowhere"], /^--workspace: \/nowhere is no folder\n$/],
    ["a port that is none", ["--port", "http"], /^--port: “http” is no port\n$/],
    ["a policy that is none", ["--policy", "maybe"], /^--policy: “maybe” is none of ask, auto, paused\n$/],
    ["a flag that is none", ["--wat"], /^.*--wat.*\n$/],
  ];
  for (const [name, args, line] of wrong) {
    it(`says in one line what is wrong: ${name}`, async () => {
      const { code, stderr } = await runProcess([process.execPath, "scripts/start.mjs", ...args]);
      assert.match(stderr, line);
      assert.equal(code, 2);
    });
  }
});
