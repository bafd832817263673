import assert from "node:assert/strict";
import WebSocket from "ws";
import { rawRequest } from "#test/support/raw-http";
import { startRelayProcess } from "#test/support/relay";

describe("relay: requests to a name that is not its own", () => {
  const ask = (url: string, host: string, path = "/api/openapi.json", headers: Record<string, string> = {}) =>
    rawRequest(url, "GET", path, { headers: { host, ...headers } });
  /** The status of a refused upgrade, or 101. */
  const upgrade = (url: string, host: string) =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/viewer-link`, { headers: { host } });
      socket.once("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
      socket.once("open", () => {
        socket.terminate();
        resolve(101);
      });
      socket.on("error", () => undefined);
    });

  it("are refused, with the reason, but for probes; addresses and loopback names are its own", async () => {
    await using relay = await startRelayProcess();
    const { port } = new URL(relay.url);
    for (const host of [`rebound.example:${port}`, "localhost.evil.example", "user@localhost", "localhost/", "[::1"]) {
      const refused = await ask(relay.url, host);
      assert.deepEqual([refused.status, refused.code], [421, "host_refused"], host);
      assert.deepEqual(refused.json.params, { host, expected: relay.url });
      assert.equal((await ask(relay.url, host, "/")).status, 421, "pages too");
    }
    for (const path of ["/healthz", "/readyz"]) {
      assert.equal((await ask(relay.url, "10-0-0-7.pod.cluster", path)).status, 200);
    }
    for (const host of [`localhost:${port}`, "LOCALHOST", "[::1]:9", "127.0.0.1", "192.168.1.5:4000"]) {
      assert.equal((await ask(relay.url, host)).status, 200, host);
    }
    assert.equal(await upgrade(relay.url, `rebound.example:${port}`), 421);
    assert.equal(await upgrade(relay.url, `localhost:${port}`), 101);
  });

  it("are known by the public address, through a proxy too", async () => {
    const args = ["--public-url", "https://Baton.example", "--trust-proxy", "1"];
    await using relay = await startRelayProcess({ args });
    const direct = relay.log().match(/"port":(\d+)/)?.[1];
    const url = `http://127.0.0.1:${direct}`;
    const status = async (host: string, forwarded?: string) =>
      (await ask(url, host, undefined, { ...(forwarded !== undefined && { "x-forwarded-host": forwarded }) })).status;
    assert.equal(await status("relay-upstream", "baton.example"), 200);
    assert.equal(await status("baton.example"), 200);
    assert.equal(await status("relay-upstream"), 200, "a proxy that does not say the name");
    assert.equal(await status("rebound.example"), 421, "a proxy that passes the name on as it came");
    assert.equal(await status("rebound.example", "baton.example"), 421, "a page can add this header, and not that one");
    assert.equal(await status("127.0.0.1:4000", "baton.example"), 200);
    for (const host of ["baton.internal:4000", "relay.default.svc.cluster.local"]) {
      assert.equal(await status(host), 200, `${host}: nobody can register it`);
    }
    assert.equal(await status("relay-upstream", "127.0.0.1:x"), 421);
    assert.equal(await status("relay-upstream", "rebound.example"), 421);
    assert.equal(await status("relay-upstream", "baton.example, rebound.example"), 421, "the last proxy's word counts");
  });

  it("are known by the public address without a proxy", async () => {
    await using relay = await startRelayProcess({ args: ["--public-url", "http://baton.example"] });
    const direct = relay.log().match(/"port":(\d+)/)?.[1];
    const url = `http://127.0.0.1:${direct}`;
    assert.equal((await ask(url, "baton.example:81")).status, 200);
    assert.equal((await ask(url, "rebound.example", undefined, { "x-forwarded-host": "baton.example" })).status, 421);
  });
});
