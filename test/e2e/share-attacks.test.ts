import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { WebSocketServer } from "ws";
import type { Preview } from "#protocol/documents";
import { maxPreviewRequestsPerShare } from "#relay/caps";
import { enterBy, type PreviewVisit, previewVisit, sendFromPage, visitPreview } from "#test/support/preview-visit";
import { rawRequest } from "#test/support/raw-http";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

const wrong = `${"0".repeat(32)}.${"a".repeat(43)}`;

describe("guests who want more than they were let into", function () {
  this.timeout(60_000);
  let system: System;
  const servers: http.Server[] = [];
  let previews: [Preview, Preview];
  let seen: IncomingMessage[] = [];

  const serve = async (): Promise<number> => {
    const server = http.createServer((request, response) => {
      seen.push(request);
      if (request.url === "/held") response.flushHeaders();
      else response.end("page");
    });
    new WebSocketServer({ server }).on("connection", (socket, request) => {
      seen.push(request);
      socket.send("open");
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  const make = (preview = previews[0]) =>
    system.owner.client.call("makeShare", { params: { id: preview.id }, body: { audience: "public" } });
  const guest = async (preview = previews[0]): Promise<PreviewVisit> =>
    enterBy(system.relay.url, (await make(preview)).url);
  const originOf = ({ label }: Preview) => `http://${label}.localhost:${system.relay.port}`;
  const statusOf = async (visit: PreviewVisit, path: string, options?: http.RequestOptions) => {
    const response = await visit.open(path, options);
    response.resume();
    return response.statusCode;
  };

  before(async () => {
    const ports = [await serve(), await serve()] as const;
    system = await startSystem({ previewPorts: ports });
    const runnerId = (await system.runners[0]?.runnerId()) ?? "";
    const open = (port: number) => system.owner.client.call("openPreview", { body: { runnerId, port } });
    previews = [await open(ports[0]), await open(ports[1])];
    const visit = await guest();
    await until("the tunnel is there", async () => (await visit.get("/")).status === 200 || undefined);
  });
  after(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    await system?.stop();
  });
  beforeEach(() => {
    seen = [];
  });
  afterEach("the relay is unharmed", async () => {
    assert.doesNotMatch(system.relay.output(), /Error|"level":(50|60)/);
    for (const { id } of previews) {
      const { shares } = await system.owner.client.call("listShares", { params: { id } });
      for (const share of shares) await system.owner.client.call("revokeShare", { params: { id: share.id } });
    }
  });

  it("a grant of one preview opens no other, under whichever name", async () => {
    const { cookie } = await guest();
    const value = cookie.split("=").slice(1).join("=");
    for (const name of ["__Host-baton-guest", "__Host-baton-preview"]) {
      const visit = previewVisit(system.relay.url, originOf(previews[1]), `${name}=${value}`);
      assert.ok([401, 410].includes((await visit.get("/")).status));
      const socket = visit.socket("/");
      socket.on("error", () => undefined);
      const [, refused] = await once(socket, "unexpected-response");
      assert.ok([401, 410].includes(refused.statusCode));
      socket.terminate();
    }
    assert.deepEqual(seen, []);
  });

  it("a secret of one preview's link opens no other", async () => {
    const { url } = await make();
    const secret = new URL(url).hash.slice(1);
    const taken = await sendFromPage(system.relay.url, originOf(previews[1]), "/.baton/share", secret);
    assert.deepEqual([taken.status, taken.headers["set-cookie"]], [410, undefined]);
    const about = await sendFromPage(system.relay.url, originOf(previews[1]), "/.baton/share/about", secret);
    assert.equal(about.status, 410);
  });

  it("a grant that was changed, or that somebody else has signed, opens nothing", async () => {
    const { origin, cookie } = await guest();
    const token = cookie.split("=").slice(1).join("=");
    const [head = "", body = "", tag = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
    const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const longer = encoded({ ...claims, exp: Number(claims.exp) + 3_600 });
    const member = encoded({ ...claims, shr: undefined, sub: system.owner.memberId });
    const forged = await new SignJWT(claims as never).setProtectedHeader({ alg: "HS256" }).sign(new Uint8Array(32));
    const tokens = [
      ...[`${head}.${longer}.${tag}`, `${head}.${member}.${tag}`, forged, token.slice(0, -2), `${token}x`, "", "a.b.c"],
      `${encoded({ alg: "none" })}.${body}.`,
    ];
    for (const one of tokens) {
      for (const name of ["__Host-baton-guest", "__Host-baton-preview"]) {
        const { status } = await previewVisit(system.relay.url, origin, `${name}=${one}`).get("/");
        assert.ok([401, 410].includes(status), `${name}=${one}: ${status}`);
      }
    }
    assert.deepEqual(seen, []);
    assert.equal((await previewVisit(system.relay.url, origin, cookie).get("/")).status, 200);
  });

  it("a grant says nothing at the relay itself", async () => {
    const { cookie } = await guest();
    const token = cookie.split("=").slice(1).join("=");
    const paths = [
      "/api/session",
      "/api/runs",
      "/api/previews",
      `/api/previews/${previews[0].id}/shares`,
      "/api/audit",
    ];
    for (const path of paths) {
      for (const cookies of [
        cookie,
        `__Host-baton-session=${token}`,
        `baton-session=${token}`,
        `baton-access=${token}`,
      ]) {
        assert.equal((await rawRequest(system.relay.url, "GET", path, { cookies })).status, 401, path);
      }
      assert.equal((await rawRequest(system.relay.url, "GET", path, { token, origin: null })).status, 401, path);
    }
  });

  it("what is asked at the preview's own host is the page's server's to answer, but for the relay's own paths", async () => {
    const visit = await guest();
    for (const path of ["/api/session", "/previews", "/.batonx", "/%2ebaton/share"]) {
      assert.equal((await visit.get(path)).text, "page", path);
    }
    seen = [];
    for (const path of ["/.baton/", "/.baton/api", "/.baton/share/about", "/.baton/share/x", "/.baton/enter/x"]) {
      assert.equal((await visit.get(path)).status, 404, path);
    }
    const posted = (path: string, body: string) =>
      sendFromPage(system.relay.url, visit.origin, path, body, { cookie: visit.cookie });
    assert.equal((await posted("/.baton/enter", wrong)).status, 401);
    assert.equal((await posted("/.baton/share", wrong)).status, 410);
    assert.equal((await posted("/.baton/share", "x".repeat(1_000_000))).status, 410);
    const socket = visit.socket("/.baton/share");
    socket.on("error", () => undefined);
    const [, refused] = await once(socket, "unexpected-response");
    assert.equal(refused.statusCode, 404);
    socket.terminate();
    assert.deepEqual(seen, []);
  });

  it("the pages of others send no secret in a guest's name, and nothing but a press counts", async () => {
    const made = await make();
    const { origin } = new URL(made.url);
    const secret = new URL(made.url).hash.slice(1);
    const others = [originOf(previews[1]), system.relay.url, "https://evil.example", "null"];
    for (const from of others) {
      const taken = await sendFromPage(system.relay.url, origin, "/.baton/share", secret, { origin: from });
      assert.deepEqual([taken.status, taken.headers["set-cookie"]], [403, undefined], from);
    }
    const bot = previewVisit(system.relay.url, origin, "");
    for (const method of ["GET", "HEAD"]) assert.equal(await statusOf(bot, "/.baton/share", { method }), 200);
    const first = await bot.get("/.baton/share");
    assert.ok(!first.text.includes(system.owner.name));
    assert.match(String(first.headers["content-security-policy"]), /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(first.headers["referrer-policy"], "no-referrer");
    const about = await sendFromPage(system.relay.url, origin, "/.baton/share/about", secret.split(".")[0] ?? "");
    assert.equal(JSON.parse(about.text).by, system.owner.name);
    const { shares } = await system.owner.client.call("listShares", { params: { id: previews[0].id } });
    assert.equal(shares.find(({ id }) => id === made.share.id)?.views, 0);
    const withoutSecret = await sendFromPage(system.relay.url, origin, "/.baton/share", secret.split(".")[0] ?? "");
    assert.equal(withoutSecret.status, 410, "the part that says whose it is lets nobody in");
    assert.deepEqual(seen, []);
  });

  it("the rules for pages of others are those of members", async () => {
    const visit = await guest();
    const asked = (headers: Record<string, string>, method = "GET") => statusOf(visit, "/asked", { method, headers });
    for (const site of ["same-site", "cross-site"]) {
      assert.equal(await asked({ "sec-fetch-site": site, "sec-fetch-mode": "no-cors" }), 403);
      assert.equal(await asked({ "sec-fetch-site": site, "sec-fetch-mode": "navigate" }, "POST"), 403);
    }
    const socket = visit.socket("/", originOf(previews[1]));
    socket.on("error", () => undefined);
    const [, refused] = await once(socket, "unexpected-response");
    assert.equal(refused.statusCode, 403);
    socket.terminate();
    assert.deepEqual(seen, []);
  });

  it("the guests of one link leave room for those of another, and for members", async () => {
    const made = await make();
    const [one, two] = [await enterBy(system.relay.url, made.url), await enterBy(system.relay.url, made.url)];
    const hold = (visit: PreviewVisit) => visit.open("/held", { agent: false });
    const held = await Promise.all(
      Array.from({ length: maxPreviewRequestsPerShare }, (_, i) => hold(i % 2 === 0 ? one : two)),
    );
    assert.deepEqual([...new Set(held.map(({ statusCode }) => statusCode))], [200]);
    assert.equal((await two.get("/")).status, 429);
    assert.equal((await (await guest()).get("/")).text, "page");
    assert.equal((await (await visitPreview(system.owner, previews[0].id)).get("/")).text, "page");
    for (const response of held) response.on("error", () => undefined);
    await system.owner.client.call("revokeShare", { params: { id: made.share.id } });
    await until("all of it has ended", async () => held.every(({ socket }) => socket.destroyed) || undefined);
  });

  it("a member who is signed out loses open sockets as well", async () => {
    const { secret } = (await system.owner.request("POST", "/api/tokens", { name: "lent", scopes: ["read"] })) as {
      secret: string;
    };
    const entered = await rawRequest(system.relay.url, "POST", `/api/previews/${previews[0].id}/tickets`, {
      token: secret,
      origin: null,
    });
    const visit = await enterBy(system.relay.url, JSON.parse(entered.text).url);
    const socket = visit.socket("/");
    await once(socket, "message");
    const closed = once(socket, "close");
    const { tokens } = (await system.owner.request("GET", "/api/tokens")) as { tokens: { id: string; name: string }[] };
    const lent = tokens.find(({ name }) => name === "lent");
    await system.owner.request("DELETE", `/api/tokens/${lent?.id}`);
    await closed;
  });

  it("a link to a preview that was closed opens nothing, nor is there a new one", async () => {
    const made = await make(previews[1]);
    const visit = await enterBy(system.relay.url, made.url);
    const socket = visit.socket("/");
    await once(socket, "message");
    const closed = once(socket, "close");
    await system.owner.client.call("closePreview", { params: { id: previews[1].id } });
    await closed;
    assert.equal((await visit.get("/")).status, 410);
    const secret = new URL(made.url).hash.slice(1);
    assert.equal((await sendFromPage(system.relay.url, visit.origin, "/.baton/share", secret)).status, 410);
    await assert.rejects(make(previews[1]), { code: "not_found" });
    const { port } = previews[1].body;
    const body = { runnerId: previews[1].runnerId, port };
    previews = [previews[0], await system.owner.client.call("openPreview", { body })];
    const again = await sendFromPage(system.relay.url, originOf(previews[1]), "/.baton/share", secret);
    assert.equal(again.status, 410, "the same port at another time is another preview");
  });
});
