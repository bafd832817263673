import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { baton, batonTerminal } from "#test/support/baton";
import { artifact } from "#test/support/dist";
import { startProcess } from "#test/support/processes";
import { makeJoinToken, startRunner, type TestRunner } from "#test/support/runner";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

describe("cli: with a relay", function () {
  this.timeout(60_000);
  let system: System;
  let runner: TestRunner;
  /** Another machine: its own home, without the runs of the runner's. */
  const elsewhere = () => system.temp.at("elsewhere");
  const env = () => ({ BATON_RELAY: system.relay.url, BATON_TOKEN: system.owner.token });

  before(async () => {
    system = await startSystem({ runners: 0 });
    const joinToken = await makeJoinToken(system.owner);
    runner = await startRunner({
      home: system.temp.at("home"),
      folder: system.temp.at("work"),
      relayUrl: system.relay.url,
      joinToken,
      flags: ["--name", "the-desk", "--label", "big", "--label", "linux", "--concurrency", "3"],
    });
  });
  after(async () => {
    await runner.stop();
    await system.stop();
  });

  it("a runner carries the name, labels and concurrency that it was paired with", async () => {
    const { runners } = await system.owner.client.call("listRunners");
    const [{ body, labels, concurrency } = { body: undefined, labels: [], concurrency: 0 }] = runners;
    assert.deepEqual([body?.name, labels, concurrency], ["the-desk", ["big", "linux"], 3]);
  });

  it("run queues on a runner by name, prints the output and exits with the run's exit code", async () => {
    const args = ["run", "printf 'a b\\n'; exit 5", "--agent", "line", "--access", "full", "--runner", "the-desk"];
    const { code, stdout, stderr } = await baton(args, { home: elsewhere(), env: env() });
    assert.equal(code, 5, stderr);
    assert.equal(stdout, "a b\r\n");
  });

  it("run queues by label, and leaves at once with --no-follow", async () => {
    const args = ["run", "hello", "--agent", "echo", "--label", "big", "--no-follow"];
    const { code, stdout } = await baton(args, { home: elsewhere(), env: env() });
    assert.equal(code, 0);
    assert.match(stdout, /^prm_[0-9a-f]{32}\n$/);
  });

  it("run says why a prompt did not run", async () => {
    const args = ["run", "x", "--agent", "shell", "--access", "read"];
    const { code, stderr } = await baton(args, { home: elsewhere(), env: env() });
    assert.equal(code, 1);
    assert.match(stderr, /the prompt was declined: Shell has no access level “read”/);
    assert.match(stderr, /it goes to “the-desk” on \S+, the only one/);
  });

  it("run says that it waits for the person at the runner, who is told what helps where nobody is", async () => {
    const running = startProcess([process.execPath, artifact("cli"), "run", "echo hi", "--agent", "shell"], {
      env: { ...env(), BATON_HOME: elsewhere() },
    });
    await until("it says so", async () =>
      /waiting for the person at the-desk to allow it/.test(running.stderr()) ? true : undefined,
    );
    const config = system.temp.at("home", "config", "config.json");
    await until("the runner says what helps", async () =>
      runner.stderr().includes(`allow the command line in ${config}: `) ? true : undefined,
    );
    assert.match(runner.stderr(), /\{\\?"shellLines\\?": \[\\?"echo hi\\?"\]\}/);
    assert.doesNotMatch(runner.stderr(), /set --policy auto/);
    process.kill(running.pid, "SIGINT");
    assert.equal((await running.exited).code, 1);
  });

  it("run names the runners there are", async () => {
    const { code, stderr } = await baton(["run", "x", "--agent", "echo", "--runner", "nobody"], {
      home: elsewhere(),
      env: env(),
    });
    assert.equal(code, 1);
    assert.match(stderr, /no runner “nobody”; there are: the-desk/);
  });

  it("attach watches and types from another machine, and leaves the run at work", async () => {
    const prompt = await system.owner.client.call("queuePrompt", {
      body: {
        target: { runnerId: runner.runnerId },
        agent: "line",
        mode: "interactive",
        access: "full",
        body: { text: "echo ready; read a; echo got $a; read b; exit 4" },
      },
    });
    const runId = await until("it runs", async () => {
      const { runId } = await system.owner.client.call("readPrompt", { params: { id: prompt.id } });
      return runId;
    });
    const terminal = batonTerminal(["attach", runId], { home: elsewhere(), env: env() });
    await terminal.shows("ready");
    terminal.type("this\r");
    await terminal.shows("got this");
    terminal.type("\x1d");
    assert.equal(await terminal.exited, 0);
    const again = batonTerminal(["attach", runId], { home: elsewhere(), env: env() });
    await again.shows("got this");
    again.type("\r");
    assert.equal(await again.exited, 4);
  });

  it("pair shows code, address and key; a person who approves it makes the runner", async () => {
    const folder = system.temp.at("paired");
    mkdirSync(folder);
    const pairing = startProcess(
      [process.execPath, artifact("cli"), "pair", system.relay.url, "--workspace", folder, "--json"],
      { env: { BATON_HOME: elsewhere() } },
    );
    const event = (name: string) =>
      pairing.line((line) => {
        const found = JSON.parse(line) as Record<string, unknown>;
        return found.event === name ? found : undefined;
      });
    const { code, fingerprint, url } = await event("pairing");
    assert.match(String(url), new RegExp(`^${system.relay.url}/pair\\?code=${code}`));
    const shown = (await system.owner.request("GET", `/api/pairings/${code}`)) as Record<string, unknown>;
    assert.equal(shown.fingerprint, fingerprint);
    await system.owner.request("POST", `/api/pairings/${code}/approve`);
    await event("paired");
    assert.equal((await pairing.exited).code, 0);
    const paired = await startRunner({ home: elsewhere(), folder, relayUrl: system.relay.url });
    await paired.stop();
  });

  it("pair ends where it is declined", async () => {
    const folder = system.temp.at("declined");
    mkdirSync(folder);
    const pairing = startProcess([process.execPath, artifact("cli"), "pair", system.relay.url, "--workspace", folder], {
      env: { BATON_HOME: elsewhere() },
    });
    const code = await pairing.line((line) => /Code\s+(\S+)/.exec(line)?.[1]);
    assert.match(await pairing.line((line) => /^ {2}Fingerprint {2}(\S+)/.exec(line)?.[1]), /^\S{8}/);
    await system.owner.request("POST", `/api/pairings/${code}/decline`);
    assert.equal((await pairing.exited).code, 1);
    assert.match(pairing.stderr(), /The request was declined/);
  });

  it("a join token that is wrong is one line", async () => {
    const folder = system.temp.at("wrong-token");
    mkdirSync(folder);
    const args = ["pair", system.relay.url, "--workspace", folder, "--join-token", "nonsense"];
    const { code, stderr } = await baton(args, { home: elsewhere() });
    assert.equal(code, 1);
    assert.match(stderr, /^baton: This join token [^\n]+\n$/);
  });

  it("run says where a prompt waits because its runner takes none", async () => {
    const paused = await startRunner({
      home: system.temp.at("home"),
      folder: system.temp.at("paused"),
      relayUrl: system.relay.url,
      joinToken: await makeJoinToken(system.owner),
      policy: "paused",
      flags: ["--name", "the-paused"],
    });
    const args = ["run", "x", "--agent", "echo", "--runner", "the-paused", "--no-follow"];
    const { code, stderr } = await baton(args, { home: elsewhere(), env: env() });
    await paused.stop();
    assert.deepEqual([code, stderr], [0, "baton: “the-paused” is paused; the prompt waits in the queue\n"]);
  });
});
