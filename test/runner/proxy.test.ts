import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { baton } from "#test/support/baton";
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

  it("are not for a relay of this machine", async () => {
    const folder = system.temp.at("proxied");
    mkdirSync(folder);
    const options = { home: system.temp.at("home"), folder, relayUrl: system.relay.url };
    const joinToken = await makeJoinToken(system.owner);
    const paired = await baton(["pair", system.relay.url, "--workspace", folder, "--join-token", joinToken], {
      home: options.home,
    });
    assert.equal(paired.code, 0, paired.stderr);
    const runner = startProcess([...runnerArgv(options), "--json"], { env: variables({ BATON_HOME: options.home }) });
    await runner.line((line) => (line.includes('"state":"online"') ? true : undefined));
    await runner.stop();
    assert.deepEqual(proxy.targets, []);
  });

  it("are for every other one, unless NO_PROXY names it", async () => {
    const options = {
      home: system.temp.at("home"),
      folder: system.temp.at("proxied"),
      relayUrl: "http://relay.test:9",
    };
    const attempt = async (more: NodeJS.ProcessEnv) => {
      proxy.targets.length = 0;
      const joining = { ...options, joinToken: "none", folder: system.temp.at("other") };
      mkdirSync(joining.folder, { recursive: true });
      const runner = startProcess([...runnerArgv(joining), "--json"], {
        env: variables({ BATON_HOME: options.home, ...more }),
      });
      await runner.exited;
      return [...proxy.targets];
    };
    assert.deepEqual(await attempt({}), ["POST http://relay.test:9/api/join"]);
    assert.deepEqual(await attempt({ NO_PROXY: "relay.test", no_proxy: "relay.test" }), []);
  });
});
