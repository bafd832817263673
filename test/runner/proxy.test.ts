import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { baton } from "#test/support/baton";
import { artifact } from "#test/support/dist";
import { startProcess } from "#test/support/processes";
import { makeJoinToken, runnerArgv } from "#test/support/runner";
import { type System, startSystem } from "#test/support/system";
import { startTunnelProxy, type TunnelProxy } from "#test/support/tunnel-proxy";

describe("runner: proxies of the environment", function () {
  this.timeout(60_000);
  let system: System;
  let proxy: TunnelProxy;
  before(async () => {
    system = await startSystem({ runners: 0 });
    proxy = await startTunnelProxy();
  });
  after(async () => {
    await proxy.close();
    await system.stop();
  });
  const variables = (more: NodeJS.ProcessEnv) => ({
    HTTP_PROXY: proxy.url,
    http_proxy: proxy.url,
    ALL_PROXY: proxy.url,
    NO_PROXY: "",
    no_proxy: "",
    ...more,
  });

  it("the link goes through the proxy that the environment names", async () => {
    const folder = system.temp.at("proxied");
    mkdirSync(folder);
    const options = { home: system.temp.at("home"), folder, relayUrl: system.relay.url };
    const joinToken = await makeJoinToken(system.owner);
    const paired = await baton(["pair", system.relay.url, "--workspace", folder, "--join-token", joinToken], {
      home: options.home,
    });
    assert.equal(paired.code, 0, paired.stderr);
    const runner = startProcess([...runnerArgv(options), "--json"], {
      env: variables({ BATON_HOME: options.home }),
    });
    await runner.line((line) => (line.includes('"state":"online"') ? true : undefined));
    assert.deepEqual(proxy.targets, [`CONNECT 127.0.0.1:${system.relay.port}`]);
    await runner.stop();
  });

  it("and past it where NO_PROXY says so", async () => {
    proxy.targets.length = 0;
    const options = { home: system.temp.at("home"), folder: system.temp.at("proxied"), relayUrl: system.relay.url };
    const runner = startProcess([process.execPath, artifact("cli"), ...runnerArgv(options).slice(2), "--json"], {
      env: variables({ BATON_HOME: options.home, NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" }),
    });
    await runner.line((line) => (line.includes('"state":"online"') ? true : undefined));
    assert.deepEqual(proxy.targets, []);
    await runner.stop();
  });
});
