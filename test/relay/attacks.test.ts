import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { pino } from "pino";
import WebSocket from "ws";
import { encodeInputFrame } from "#protocol/frame";
import { newId } from "#protocol/ids";
import { ownProtocolRange } from "#protocol/version";
import { startRelay } from "#relay/app";
import { authenticateMs } from "#relay/caps";
import { readConfig } from "#relay/config";
import { rawRequest } from "#test/support/raw-http";
import { type RelayTeam, startTeam } from "#test/support/relay-team";
import { tempFolder } from "#test/support/temp";

describe("relay: what it refuses", () => {
  let team: RelayTeam;
  before(async () => {
    team = await startTeam();
  });
  after(() => team[Symbol.asyncDispose]());

  const socketUrl = (path: string) => `${team.relay.url.replace(/^http/, "ws")}${path}`;
  const ticket = async (cookies = team.owner.cookies) =>
    String((await rawRequest(team.relay.url, "POST", "/api/tickets", { cookies })).json.ticket);
  /** The status of a refused upgrade, or 101. */
  const upgrade = (path: string, headers: Record<string, string> = {}) =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(socketUrl(path), { headers });
      socket.once("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
      socket.once("open", () => {
        socket.close();
        resolve(101);
      });
      socket.on("error", () => undefined);
    });
  /** Says something to the viewer link. @returns what comes back until it closes */
  const say = async (messages: (string | Uint8Array)[], headers: Record<string, string> = {}) => {
    const socket = new WebSocket(socketUrl("/api/viewer-link"), { headers });
    const heard: string[] = [];
    socket.on("message", (data: Buffer) => heard.push(data.toString()));
    socket.on("error", () => undefined);
    await once(socket, "open");
    for (const message of messages) socket.send(message);
    const [code] = (await once(socket, "close")) as [number];
    return { code, heard: heard.map((text) => JSON.parse(text)) };
  };
  const hello = (value: string) => JSON.stringify({ type: "hello", protocol: ownProtocolRange, ticket: value });

  it("answers upgrades on other paths and from other pages in HTTP", async () => {
    assert.equal(await upgrade("/api/else"), 404);
    assert.equal(await upgrade("/"), 404);
    assert.equal(await upgrade("/api/viewer-link", { origin: "https://evil.example" }), 403);
    assert.equal(await upgrade("/api/viewer-link", { origin: "null" }), 403);
    assert.equal(await upgrade("/api/viewer-link", { origin: `${team.relay.url}.evil.example` }), 403);
    assert.equal(await upgrade("/api/viewer-link", { origin: team.relay.url }), 101);
  });

  it("takes a ticket once, and one of a page only from that page", async () => {
    const { origin } = new URL(team.relay.url);
    const used = await ticket();
    const socket = new WebSocket(socketUrl("/api/viewer-link"), { origin });
    await once(socket, "open");
    socket.send(hello(used));
    await once(socket, "message");
    const again = await say([hello(used)], { origin });
    assert.equal(again.heard[0].error.code, "ticket_invalid");
    const program = await say([hello(await ticket())]);
    assert.equal(program.heard[0].error.code, "origin_refused");
    socket.close();
  });

  it("closes sockets that do not say who they are", async () => {
    using temp = tempFolder("silent");
    let jumpedMs = 0;
    const relay = await startRelay(readConfig({ port: "0", data: temp.at("data") }, {}), {
      log: pino({ level: "silent" }),
      clock: () => Date.now() + jumpedMs,
    });
    const silent = new WebSocket(`${relay.url.replace(/^http/, "ws")}/api/viewer-link`);
    await once(silent, "open");
    jumpedMs = authenticateMs - 1_000;
    await delay(500);
    assert.equal(silent.readyState, WebSocket.OPEN, "it has its time");
    jumpedMs = authenticateMs;
    const at = performance.now();
    await once(silent, "close");
    assert.ok(performance.now() - at < 1_500);
    await relay.close();

    for (const message of [
      "not json",
      "{}",
      JSON.stringify({ type: "run.unwatch", runId: newId("run") }),
      new Uint8Array(3),
    ]) {
      const { code, heard } = await say([message]);
      assert.equal(code, 1008);
      assert.match(heard[0].error.code, /malformed/);
    }
  });

  it("holds few unknown sockets of one address", async () => {
    const port = Number(new URL(team.relay.url).port);
    const statuses = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = net.connect(port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.write(
          "GET /api/runner-link HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        );
        const [data] = (await once(socket, "data")) as [Buffer];
        return { socket, status: data.toString("latin1", 9, 12) };
      }),
    );
    const refused = statuses.filter(({ status }) => status === "429").length;
    assert.equal(refused, 300 - 64);
    for (const { socket } of statuses) socket.destroy();
  });

  it("survives messages that are too large, cut or mad", async () => {
    const { origin } = new URL(team.relay.url);
    const large = await say([hello(await ticket()), "x".repeat(200 * 1024)], { origin });
    assert.equal(large.code, 1009);
    const viewer = await team.owner.viewer();
    viewer.socket.send("{");
    assert.equal((await viewer.next("error")).error.code, "message_malformed");
    viewer.socket.send(new Uint8Array(10));
    assert.match((await viewer.next("error")).error.code, /malformed/);
    viewer.socket.send(encodeInputFrame(newId("run"), 1, new Uint8Array(5)));
    assert.equal((await viewer.next("error")).error.code, "run_ended");
    viewer.send({ type: "run.watch", runId: newId("run"), creditBytes: 1 });
    assert.equal((await viewer.next("error")).error.code, "not_found");
    viewer.close();
  });

  it("lets only approvers take the keyboard", async () => {
    const prompter = await team.invite("prompter", "Ben");
    const viewer = await prompter.viewer();
    viewer.send({ type: "lease.take", id: newId("command"), runId: newId("run") });
    assert.equal((await viewer.next("error")).error.code, "role_required");
    viewer.socket.send(encodeInputFrame(newId("run"), 1, new Uint8Array(5)));
    assert.equal((await viewer.next("error")).error.code, "role_required");
    viewer.close();
  });

  it("says what is wrong with a request, and never more", async () => {
    const cookies = team.owner.cookies;
    const send = (text: string, headers: Record<string, string> = {}) =>
      rawRequest(team.relay.url, "POST", "/api/prompts", { cookies, text, headers });
    assert.equal((await send("{")).code, "request_invalid");
    assert.equal((await send("[]")).code, "request_invalid");
    assert.equal((await send("{}", { "content-type": "text/plain" })).code, "request_invalid");
    for (const charset of ["utf-16le", "utf-7", "iso-8859-1", "x"]) {
      const other = await send("{}", { "content-type": `application/json; charset=${charset}` });
      assert.deepEqual([other.code, other.status], ["request_invalid", 400], charset);
    }
    const marked = await send('\uFEFF{"target":"ü"}', { "content-type": "application/json; charset=UTF-8" });
    assert.match(marked.text, /"field":"target/);
    const large = await send(JSON.stringify({ body: { text: "x".repeat(1_100_000) } }));
    assert.equal(large.code, "body_too_large");
    const long = await send(
      JSON.stringify({ target: { label: "x" }, agent: "echo", body: { text: "x".repeat(300_000) } }),
    );
    assert.equal(long.json.params?.field, "body.text");
    const named = await rawRequest(team.relay.url, "GET", "/api/runs?limit=many", { cookies });
    assert.equal(named.json.params?.field, "limit");
    assert.match(String(named.headers["content-type"]), /^application\/problem\+json/);
    assert.equal(named.headers["x-request-id"], named.json.requestId);
    const polluted = await send('{"__proto__":{"role":"owner"},"constructor":1}');
    assert.equal(polluted.code, "request_invalid");
  });

  it("serves the dashboard's files and nothing else", async () => {
    for (const path of [
      "/../relay.json",
      "/..%2f..%2frelay.json",
      "/%2e%2e/%2e%2e/etc/passwd.txt",
      "/....//....//etc/passwd.txt",
      "/\\..\\..\\relay.json",
      "/app.js%00.html",
      "//etc/passwd.txt",
      "/index.html/../../relay.json",
    ]) {
      const answer = await rawRequest(team.relay.url, "GET", path);
      assert.ok(answer.status === 404 || answer.status === 400, `${path}: ${answer.status}`);
      assert.doesNotMatch(answer.text, /relayId|root:/);
    }
  });

  it("protects its pages by headers", async () => {
    const { headers } = await rawRequest(team.relay.url, "GET", "/api/openapi.json");
    const policy = String(headers["content-security-policy"]);
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
      assert.ok(policy.includes(rule), `${rule} in ${policy}`);
    }
    assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
    assert.ok(policy.includes(team.relay.url.replace(/^http/, "ws")));
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["x-powered-by"], undefined);
    assert.equal(headers["cache-control"], "no-store");
  });
});
