import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { networkInterfaces } from "node:os";
import { WebSocketServer } from "ws";
import { createFetch } from "#runner/node/http-fetch";
import type { NetworkSettings } from "#runner/node/network";
import { openLink } from "#runner/node/open-link";
import { relayClient } from "#runner/node/relay-client";
import type { Client } from "#sdk/client";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { startTunnelProxy, type TunnelProxy } from "#test/support/tunnel-proxy";

/** What an editor's settings say goes for the link and for pairing alike. */
describe("extension: the editor's proxy and certificates", () => {
  let proxy: TunnelProxy;
  let plain: Server;
  let secure: Server;
  let temp: TempFolder;

  before(async () => {
    proxy = await startTunnelProxy();
    temp = tempFolder("baton-network");
    const [key, cert] = [temp.at("key.pem"), temp.at("cert.pem")];
    const made = [
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      key,
      "-out",
      cert,
      "-days",
      "1",
      "-subj",
      "/CN=relay.test",
    ];
    execFileSync("openssl", ["req", "-x509", ...made], { stdio: "ignore" });
    plain = createHttpServer((_, response) => response.end("plain"));
    const pair = { key: readFileSync(key), cert: readFileSync(cert) };
    secure = createHttpsServer(pair, (_, response) => response.end("secure"));
    for (const server of [plain, secure]) {
      new WebSocketServer({ server: server as ReturnType<typeof createHttpServer> }).on("connection", (socket) =>
        socket.send("hello"),
      );
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    }
  });
  after(async () => {
    await proxy.close();
    for (const server of [plain, secure]) server.close();
    temp.remove();
  });
  beforeEach(() => void proxy.targets.splice(0));

  const portOf = (server: Server) => (server.address() as AddressInfo).port;
  const read = async (url: string, network: NetworkSettings) => (await createFetch(() => network)(url)).text();
  const firstWord = (url: string, network: NetworkSettings): Promise<string> =>
    new Promise((resolve) => {
      const nothing = () => undefined;
      const text = (said: string) => {
        resolve(said);
        link.close();
      };
      const events = { opened: nothing, text, bytes: nothing, alive: nothing, drained: nothing, closed: resolve };
      const link = openLink(url, events, network);
    });

  const opened = (client: Client, url: string) =>
    new Promise<string>((resolve) => {
      const socket = new client.WebSocket(url);
      socket.addEventListener("error", () => resolve("error"));
      socket.addEventListener("open", () => {
        resolve("open");
        socket.close();
      });
    });

  it("a proxy of the settings is used for pairing and for the link", async () => {
    const network = { proxy: proxy.url, isStrict: false };
    assert.equal(await read(`https://relay.test:${portOf(secure)}/`, network), "secure");
    assert.equal(await firstWord(`ws://relay.test:${portOf(plain)}/`, network), "hello");
    assert.deepEqual(proxy.targets, [`CONNECT relay.test:${portOf(secure)}`, `CONNECT relay.test:${portOf(plain)}`]);
  });

  it("this machine, and what the settings name, is reached without it", async () => {
    assert.equal(await read(`http://127.0.0.1:${portOf(plain)}/`, { proxy: proxy.url }), "plain");
    assert.equal(await firstWord(`ws://localhost:${portOf(plain)}/`, { proxy: proxy.url }), "hello");
    const cases = ["*", "relay.test", ".test", "*.test", `relay.test:${portOf(plain)}`];
    for (const entry of cases) {
      const asked = read(`http://relay.test:${portOf(plain)}/`, { proxy: proxy.url, noProxy: [entry] });
      await assert.rejects(asked, /ENOTFOUND|EAI_AGAIN/, entry);
    }
    assert.deepEqual(proxy.targets, []);
    await read(`http://relay.test:${portOf(plain)}/`, {
      proxy: proxy.url,
      noProxy: ["relay.test:1", "est", "other.test"],
    });
    assert.equal(proxy.targets.length, 1);
  });

  it("no proxy of the environment is told of a relay of this machine, by whatever address, and every other one is", async () => {
    const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    const before = { ...process.env };
    for (const name of names) process.env[name] = proxy.url;
    for (const name of ["NO_PROXY", "no_proxy"]) delete process.env[name];
    try {
      const own = Object.values(networkInterfaces()).flatMap(
        (rows) => rows?.filter((row) => row.family === "IPv4") ?? [],
      );
      const hosts = ["127.0.0.1", "localhost", "relay.localhost", "[::1]", ...own.map(({ address }) => address)];
      for (const host of hosts) {
        // Whether something listens there is another question.
        await read(`http://${host}:${portOf(plain)}/`, {}).catch(() => undefined);
        await firstWord(`ws://${host}:${portOf(plain)}/`, {});
        const client = relayClient(`http://${host}:${portOf(plain)}`, "a secret token", () => ({}));
        await client.call("readSession").catch(() => undefined);
        await opened(client, `ws://${host}:${portOf(plain)}/`);
      }
      assert.deepEqual(proxy.targets, []);
      assert.equal(await firstWord(`ws://relay.test:${portOf(plain)}/`, {}), "hello");
      const client = relayClient(`http://relay.test:${portOf(plain)}`, "a secret token", () => ({}));
      assert.equal(await opened(client, `ws://relay.test:${portOf(plain)}/`), "open");
      assert.equal(proxy.targets.length, 2);
    } finally {
      for (const name of [...names, "NO_PROXY", "no_proxy"]) {
        const value = before[name];
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it("a client takes the settings as they are at each call and each socket", async () => {
    let network: NetworkSettings = {};
    const base = `relay.test:${portOf(plain)}`;
    const client = relayClient(`http://${base}`, "a token", () => network);
    assert.equal(await opened(client, `ws://${base}/`), "error");
    assert.deepEqual(proxy.targets, []);
    network = { proxy: proxy.url };
    assert.equal(await opened(client, `ws://${base}/`), "open");
    await client.call("readSession").catch(() => undefined);
    assert.equal(proxy.targets.length, 2);
  });

  for (const [how, make] of [
    ["straight", (): NetworkSettings => ({})],
    ["through a proxy", (): NetworkSettings => ({ proxy: proxy.url })],
  ] as const) {
    it(`a certificate that nobody knows is refused, unless the settings take every one (${how})`, async () => {
      const host = how === "straight" ? "127.0.0.1" : "relay.test";
      const address = `${host}:${portOf(secure)}/`;
      await assert.rejects(read(`https://${address}`, make()), /self.signed/i);
      assert.match(await firstWord(`wss://${address}`, make()), /self.signed/i);
      const lax = { ...make(), isStrict: false };
      assert.equal(await read(`https://${address}`, lax), "secure");
      assert.equal(await firstWord(`wss://${address}`, lax), "hello");
    });
  }
});
