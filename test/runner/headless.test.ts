import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { batonTerminal } from "#test/support/baton";
import { artifact } from "#test/support/dist";
import { runProcess, startProcess } from "#test/support/processes";
import { makeJoinToken, runnerArgv, startRunner } from "#test/support/runner";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

const proposal = {
  id: "ours",
  name: "Ours",
  command: "/bin/echo",
  versionArguments: [],
  modes: {
    once: { arguments: ["{prompt}"], access: { full: {} }, prompt: { via: "argument", arguments: ["{prompt}"] } },
  },
};

describe("runner: a headless runner and its files", function () {
  this.timeout(60_000);
  let system: System;
  let joinToken: string;
  before(async () => {
    system = await startSystem({ runners: 0 });
    joinToken = await makeJoinToken(system.owner);
  });
  after(() => system.stop());

  const agentsOf = async (runnerId: string) => {
    const { runners } = await system.owner.client.call("listRunners");
    return runners.find(({ id }) => id === runnerId)?.report?.agents.map(({ id }) => id) ?? [];
  };

  it("takes a changed configuration in while it runs, and names the line of a wrong one", async () => {
    const runner = await startRunner({
      home: system.temp.at("home"),
      folder: system.temp.at("configured"),
      relayUrl: system.relay.url,
      joinToken,
    });
    const config = system.temp.at("home", "config", "config.json");
    writeFileSync(config, JSON.stringify({ policy: "auto", agents: [proposal] }));
    await until("the relay knows the new agent", async () =>
      (await agentsOf(runner.runnerId)).includes("ours") ? true : undefined,
    );
    writeFileSync(config, '{\n  "agents": 7\n}');
    await until("the fault is named", async () =>
      /config\.json:2: agents: /.test(runner.stderr()) ? true : undefined,
    );
    assert.ok((await agentsOf(runner.runnerId)).includes("ours"), "a file with a fault changes nothing");
    await runner.stop();
    writeFileSync(config, "{}");
  });

  it("asks once about the agents that a folder proposes", async () => {
    const folder = system.temp.at("proposing");
    const home = system.temp.at("home");
    mkdirSync(folder);
    writeFileSync(system.temp.at("proposing", "baton.json"), JSON.stringify({ agents: [proposal] }));
    const [, , ...args] = runnerArgv({ home, folder, relayUrl: system.relay.url, joinToken });
    const asked = batonTerminal(args, { home, cwd: folder });
    await asked.shows(/proposes:[\s\S]*ours \(Ours\)[\s\S]*\/bin\/echo \{prompt\}[\s\S]*\[y\/N\]/);
    asked.type("y\r");
    await asked.shows("Online");
    assert.match(asked.text(), /Agents: .*Ours/);
    assert.match(asked.text(), /run at once; shell commands are asked about, unless your configuration allows them/);
    asked.type("\x03");
    await asked.exited;
    const again = batonTerminal(args, { home, cwd: folder });
    await again.shows("Online");
    assert.ok(!again.text().includes("proposes"));
    again.type("\x03");
    assert.equal(await again.exited, 0);
  });

  it("without a terminal it leaves them out", async () => {
    const folder = system.temp.at("proposing-2");
    mkdirSync(folder);
    writeFileSync(system.temp.at("proposing-2", "baton.json"), JSON.stringify({ agents: [proposal] }));
    const options = { home: system.temp.at("home"), folder, relayUrl: system.relay.url, joinToken };
    const runner = startProcess([...runnerArgv(options)], { env: { BATON_HOME: options.home } });
    const agents = await runner.line((line) => /^Agents: (.*)/.exec(line)?.[1]);
    assert.ok(!agents.includes("Ours"));
    await runner.stop();
  });

  it("pairs again by its join token where the relay was set up anew", async () => {
    const options = { home: system.temp.at("home"), folder: system.temp.at("anew"), relayUrl: system.relay.url };
    const first = await startRunner({ ...options, joinToken });
    await first.stop();
    await system.relay.kill("SIGTERM");
    rmSync(system.relay.data, { recursive: true });
    await system.relay.start();
    const alone = startProcess(runnerArgv(options), { env: { BATON_HOME: options.home } });
    assert.equal((await alone.exited).code, 1);
    assert.match(alone.stderr(), /another relay answers/);
    const { stdout } = await runProcess([
      process.execPath,
      artifact("relay"),
      "join-token",
      "--data",
      system.relay.data,
    ]);
    const again = await startRunner({ ...options, joinToken: stdout.trim() });
    assert.equal(again.runnerId, first.runnerId);
    await again.stop();
  });
});
