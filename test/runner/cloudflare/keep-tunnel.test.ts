import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import WebSocket, { WebSocketServer } from "ws";
import type { TunnelState } from "#protocol/documents";
import { tunnelEnvironment } from "#runner/node/cloudflare/command-line";
import { type KeepOptions, keepTunnel } from "#runner/node/cloudflare/keep-tunnel";
import { type CloudflaredDouble, installDouble } from "#test/support/cloudflared/double";
import { isAlive, processGone } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

describe("a Cloudflare tunnel, with a test double of cloudflared in place of the network", function () {
  this.timeout(30_000);
  let temp: TempFolder;
  let double: CloudflaredDouble;
  let server: http.Server;
  let port: number;
  const seen: http.IncomingHttpHeaders[] = [];
  const stops: (() => Promise<unknown>)[] = [];

  before(async () => {
    server = http.createServer((request, response) => {
      seen.push(request.headers);
      request.pipe(response.writeHead(200, { "x-server": "dev" }));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    ({ port } = server.address() as AddressInfo);
    new WebSocketServer({ server }).on("connection", (socket, request) => {
      socket.on("message", (data) => socket.send(`${request.headers.host} heard ${data}`));
    });
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    temp = tempFolder("bt-cf");
    double = installDouble(temp.at("bin"));
    seen.length = 0;
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
    temp.remove();
  });

  const keep = (change: Partial<KeepOptions> = {}) => {
    const stopping = new AbortController();
    const states: TunnelState[] = [];
    const lines: string[] = [];
    const kept = keepTunnel({
      binary: double.binary,
      target: { port, hostHeader: `localhost:${port}` },
      configFile: temp.at("config.yml"),
      env: tunnelEnvironment({ PATH: process.env.PATH, TUNNEL_URL: "http://localhost:1" }, undefined),
      signal: stopping.signal,
      told: (state) => states.push(state),
      line: (text) => lines.push(text),
      random: () => 0,
      ...change,
    });
    const stop = () => {
      stopping.abort();
      return kept;
    };
    stops.push(stop);
    const state = <S extends TunnelState["state"]>(wanted: S, from = 0) =>
      until(`the tunnel is ${wanted}`, async () =>
        states.slice(from).find((one): one is Extract<TunnelState, { state: S }> => one.state === wanted),
      );
    return { states, lines, kept, stop, state };
  };

  it("carries requests, bodies and sockets, and a dev server needs no configuration", async () => {
    const { state, stop } = keep();
    const { url } = await state("ready");
    const tunnel = await double.tunnel();
    assert.equal(url, tunnel.url);
    const answer = await fetch(`http://127.0.0.1:${tunnel.port}/page`, { method: "POST", body: "hello" });
    assert.equal(await answer.text(), "hello");
    assert.equal(answer.headers.get("x-server"), "dev");
    assert.equal(seen[0]?.host, `localhost:${port}`);
    const socket = new WebSocket(`ws://127.0.0.1:${tunnel.port}/hot`);
    const heard = await new Promise((resolve, reject) => {
      socket.on("open", () => socket.send("hi"));
      socket.on("message", (data) => resolve(String(data)));
      socket.on("error", reject);
    });
    socket.close();
    assert.equal(heard, `localhost:${port} heard hi`);
    assert.equal(await stop(), true);
    assert.equal(isAlive(tunnel.pid), false, "it ends with the tunnel");
  });

  it("starts it again where it has died, and tells the new address", async () => {
    const { states, state } = keep({ limits: { firstRetryMs: 10, maxRetryMs: 10 } });
    const first = await state("ready");
    const tunnel = await double.tunnel();
    process.kill(tunnel.pid, "SIGKILL");
    const died = await state("failed");
    assert.equal(died.error.code, "tunnel_failed");
    assert.equal(died.final, false);
    const second = await state("ready", states.indexOf(died));
    assert.notEqual(second.url, first.url);
  });

  it("waits longer and longer for one that dies at once", async () => {
    double.behave({ modes: ["dies", "dies", "no-network", "works"] });
    const startedMs = performance.now();
    const { states, state } = keep({ limits: { firstRetryMs: 100, maxRetryMs: 400 }, random: () => 0.999 });
    await state("ready");
    const failures = states.flatMap((one) => (one.state === "failed" ? [String(one.error.params.reason)] : []));
    assert.deepEqual(failures.slice(0, 2), ["it ended (exit code 3)", "it ended (exit code 3)"]);
    assert.match(failures[2] ?? "", /no such host/);
    assert.ok(performance.now() - startedMs >= 290, "three waits");
  });

  it("lets Cloudflare be for a while where it has had too many requests", async () => {
    double.behave({ modes: ["rate-limited", "works"] });
    const { states, state } = keep({ limits: { rateLimitedMs: 700, firstRetryMs: 1 } });
    const failed = await state("failed");
    const failedMs = performance.now();
    assert.equal(failed.error.code, "tunnel_rate_limited");
    await state("ready", states.indexOf(failed));
    assert.ok(performance.now() - failedMs >= 600);
  });

  it("keeps the address where the connection is lost for a moment", async () => {
    const { states, state } = keep({ limits: { healthMs: 20, unhealthyMs: 10_000 } });
    const { url } = await state("ready");
    const { pid } = await double.tunnel();
    process.kill(pid, "SIGUSR2");
    await state("starting", 2);
    const lostAt = states.length;
    process.kill(pid, "SIGUSR2");
    assert.equal((await state("ready", lostAt)).url, url);
    assert.equal(double.attempts(), 1);
  });

  it("starts it again where it stays without a connection", async () => {
    const { states, state } = keep({ limits: { healthMs: 20, unhealthyMs: 200, firstRetryMs: 1 } });
    await state("ready");
    const { pid } = await double.tunnel();
    process.kill(pid, "SIGUSR2");
    const failed = await state("failed");
    assert.match(String(failed.error.params.reason), /no connection to Cloudflare/);
    await state("ready", states.indexOf(failed));
    await processGone(pid);
  });

  for (const mode of ["unready", "silent"] as const) {
    it(`says so where it never gets ready (${mode})`, async () => {
      double.behave({ modes: [mode] });
      const { state, states } = keep({
        limits: { readyMs: 300, healthMs: 20, firstRetryMs: 60_000 },
        random: () => 0.9,
      });
      const { error } = await state("failed");
      assert.equal(error.code, "tunnel_not_ready");
      assert.ok(!states.some((one) => one.state === "ready"));
    });
  }

  it("does not believe another program of the same name", async () => {
    double.behave({ modes: ["chatter"] });
    const { state, states, lines } = keep({ limits: { firstRetryMs: 60_000 }, random: () => 0.9 });
    await state("failed");
    assert.ok(!states.some((one) => one.state === "ready"));
    assert.ok(lines.some((line) => line.includes("usage:")));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing of it may reach a terminal
    for (const line of lines) assert.doesNotMatch(line, /[\x00-\x1f]/);
  });

  it("kills one that does not end, with what is below it", async () => {
    double.behave({ modes: ["stubborn"] });
    const script = temp.at("wrapped");
    writeFileSync(script, `#!/bin/sh\n"${double.binary}" "$@"\n`);
    chmodSync(script, 0o755);
    const { state, stop } = keep({ binary: script });
    await state("ready");
    const { pid } = await double.tunnel();
    assert.equal(await stop(), true);
    await processGone(pid);
  });

  it("says what is missing where there is no such program", async () => {
    const { state } = keep({ binary: temp.at("nothing"), limits: { firstRetryMs: 60_000 }, random: () => 0.9 });
    assert.match(String((await state("failed")).error.params.reason), /ENOENT/);
  });

  describe("of the user's own", () => {
    const named = { port: 0, hostHeader: "localhost", hostname: "preview.example.com" };
    const withToken = (token: string) => tunnelEnvironment({ PATH: process.env.PATH }, token);

    it("is ready at its own name, and its token is in no argument", async () => {
      const token = Buffer.from('{"a":"1"}').toString("base64");
      const { state } = keep({ target: { ...named, port }, env: withToken(token) });
      assert.equal((await state("ready")).url, "https://preview.example.com");
      const tunnel = await double.tunnel();
      assert.equal(tunnel.tokenLength, token.length);
      assert.ok(!readFileSync(`/proc/${tunnel.pid}/cmdline`, "utf8").includes(token));
    });

    it("is not tried again with a token that Cloudflare does not take", async () => {
      const { state, kept } = keep({ target: { ...named, port }, env: withToken("no token") });
      const { error, final } = await state("failed");
      assert.equal(error.code, "tunnel_refused");
      assert.equal(final, true);
      assert.equal(await kept, false);
    });

    it("says where it leads, where that is another port", async () => {
      double.behave({ service: "http://localhost:8080" });
      const { state, kept } = keep({ target: { ...named, port }, env: withToken("abcd") });
      const { error } = await state("failed");
      assert.equal(error.code, "tunnel_elsewhere");
      assert.equal(error.params.service, "http://localhost:8080");
      assert.equal(await kept, false);
    });
  });
});
