import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { baton } from "#test/support/baton";
import { artifact } from "#test/support/dist";
import { startProcess } from "#test/support/processes";
import { makeJoinToken, runnerArgv } from "#test/support/runner";
import { type System, startSystem } from "#test/support/system";

/** A proxy that only tunnels (`CONNECT`) and notes where to. */
async function startProxy() {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", (head) => {
      const [method = "", target = ""] = head.toString("latin1").split(" ");
      targets.push(`${method} ${target}`);
      if (method !== "CONNECT") {
        socket.end("HTTP/1.1 405 Method Not Allowed\r\n\r\n");
        return;
      }
      const [host = "", port = ""] = target.split(":");
      const far = connect(Number(port), host === "relay.test" ? "127.0.0.1" : host, () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        far.pipe(socket).pipe(far);
      });
      sockets.add(far);
      far.on("error", () => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return {
    url: `http://127.0.0.1:${address.port}`,
    targets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("runner: proxies of the environment", function () {
  this.timeout(60_000);
  let system: System;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  before(async () => {
    system = await startSystem({ runners: 0 });
    proxy = await startProxy();
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
