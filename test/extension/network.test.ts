import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { WebSocketServer } from "ws";
import { createFetch } from "#runner/node/http-fetch";
import type { NetworkSettings } from "#runner/node/network";
import { openLink } from "#runner/node/open-link";
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
