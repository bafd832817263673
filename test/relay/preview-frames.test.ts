import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Preview } from "#protocol/documents";
import { pagePaths } from "#protocol/page-paths";
import { invitePerson } from "#test/support/people";
import { visitPreview } from "#test/support/preview-visit";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

const framed = { "sec-fetch-dest": "iframe", "sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site" };

describe("the frames that a preview stands in", function () {
  this.timeout(60_000);
  let system: System;
  let server: http.Server;
  let preview: Preview;
  const asked: string[] = [];

  before(async () => {
    server = http.createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.setHeader("Content-Type", "text/html").end("<head></head>");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    system = await startSystem({ previewPorts: [port] });
    const runnerId = (await system.runners[0]?.runnerId()) ?? "";
    preview = await system.owner.client.call("openPreview", { body: { runnerId, port } });
  });
  after(async () => {
    server?.closeAllConnections();
    server?.close();
    await system?.stop();
  });

  const enter = (framedBy: readonly unknown[]) =>
    system.owner.client.call("enterPreview", {
      params: { id: preview.id },
      body: { framedBy: framedBy as string[] },
    });
  const visit = (framedBy?: string[]) => visitPreview(system.owner, preview.id, framedBy);

  it("are the dashboard's, and those that whoever came in has named, for them alone", async () => {
    const around = ["vscode-webview://0a1b2c", "vscode-file://vscode-app"];
    const [own, other] = [await visit(around), await visit()];
    const ancestors = async (seen: typeof own) =>
      /frame-ancestors (.*)$/.exec(String((await seen.get("/")).headers["content-security-policy"]))?.[1]?.split(" ");
    assert.deepEqual(await ancestors(own), [...((await ancestors(other)) ?? []), ...around]);
    assert.ok((await ancestors(other))?.includes(`http://127.0.0.1:${system.relay.port}`));
    const parents = async (seen: typeof own) => {
      const { text } = await seen.get(pagePaths.script);
      return text.slice(text.lastIndexOf("})(") + "})(".length, -");\n".length);
    };
    assert.deepEqual(JSON.parse(await parents(own)).slice(-2), around);
    assert.deepEqual(JSON.parse(await parents(other)), JSON.parse(await parents(own)).slice(0, -2));
    const tag = async (seen: typeof own) => (await seen.get("/", framed)).text;
    assert.notEqual(await tag(own), await tag(other), "a cache takes the one script for the other nowhere");
  });

  it("are origins, and nothing that would say more in a policy", async () => {
    for (const odd of [
      ...["*", "https://a.example; script-src *", "https://a.example, x", "https://a.example/", "'none'", "https://*"],
      ...["javascript:alert(1)", "https://a b", "https:", "", 1, `https://${"a".repeat(400)}`],
    ]) {
      await assert.rejects(enter([odd]), { code: "request_invalid" }, String(odd));
    }
    await assert.rejects(enter(Array(7).fill("https://a.example")), { code: "request_invalid" });
    assert.equal((await enter([])).isFramed, true);
  });

  it("have a script for who was let in, and for nobody else", async () => {
    const seen = await visit();
    for (const path of Object.values(pagePaths)) {
      const status = path === pagePaths.state ? 204 : 200;
      assert.equal((await seen.get(path)).status, status, path);
      assert.equal((await seen.get(path, { cookie: "" })).status, 401, path);
    }
    assert.ok(!asked.some((line) => line.includes("page.js")), "the page's server is not asked for it");
    assert.equal(asked.at(-1), "HEAD /");
  });

  it("are without a script where its own people have chosen that", async () => {
    const ben = await invitePerson(system.owner, "prompter", "Ben");
    const params = { id: preview.id };
    await assert.rejects(ben.client.call("changePreview", { params, body: { isPlain: true } }), { code: "not_yours" });
    const seen = await visit();
    assert.match((await seen.get("/", framed)).text, /^<head><script src="\/\.baton\/page\.js\?/);
    await system.owner.client.call("changePreview", { params, body: { isPlain: true } });
    assert.equal((await seen.get("/", framed)).text, "<head></head>");
    await system.owner.client.call("changePreview", { params, body: { isPlain: false } });
    assert.match((await seen.get("/", framed)).text, /baton/);
  });

  it("are without a script where the relay was told so", async () => {
    await system.relay.kill("SIGTERM");
    process.env.BATON_PLAIN_PREVIEWS = "1";
    try {
      await system.relay.start();
    } finally {
      delete process.env.BATON_PLAIN_PREVIEWS;
    }
    const seen = await visit();
    await until("the runner is back", async () => (await seen.get(pagePaths.state)).status === 204 || undefined);
    assert.equal((await seen.get("/", framed)).text, "<head></head>");
  });
});
