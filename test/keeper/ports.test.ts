import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { type AddressInfo, createServer } from "node:net";
import fc from "fast-check";
import type { RunId } from "#protocol/ids";
import { decodePayload, type Payload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { answersHttp } from "#runner/keeper/answers";
import { listeningPorts, parseLsof, parseNetstat } from "#runner/keeper/listening-ports";
import { createNamedPorts } from "#runner/keeper/named-ports";
import { createPortWatch } from "#runner/keeper/port-watch";
import { startKeeper } from "#test/support/keeper";
import type { KeeperTestClient } from "#test/support/keeper-client";
import { exitOf, startTestRun } from "#test/support/keeper-runs";
import { freePort } from "#test/support/ports";
import { until as untilTrue } from "#test/support/until";

const command = { watchesPorts: true };
const nodeServer = (port: number, host = "127.0.0.1") =>
  `require("node:http").createServer((q, a) => a.end("hello")).listen(${port}, "${host}")`;

const portsOf = (client: KeeperTestClient, runId: RunId): Payload<"port">[] =>
  (client.records.get(runId) ?? [])
    .filter(({ kind }) => kind === recordKinds.port)
    .map(({ payload }) => decodePayload("port", payload));
const statesOf = (client: KeeperTestClient, runId: RunId) =>
  portsOf(client, runId).map(({ port, state, found }) => `${port} ${state} ${found}`);
const until = (client: KeeperTestClient, runId: RunId, state: string) =>
  client.until(() => statesOf(client, runId).includes(state) || undefined, 15_000);

describe("keeper: the ports of a run", function () {
  this.timeout(30_000);

  it("are found in its process tree, and are ready when they answer", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const port = await freePort();
    // A grandchild, in a session of its own, as tools that start tools do; its first second it answers nobody.
    const program = `
      const { createServer } = require("node:http");
      let isReady = false;
      const server = createServer((request, response) => isReady ? response.end("hello") : request.socket.destroy());
      server.listen(${port}, "127.0.0.1", () => setTimeout(() => { isReady = true; }, 1000));`;
    const argv = ["sh", "-c", `node -e '${program}' & wait`];
    const runId = await startTestRun(client, argv, { command });
    await until(client, runId, `${port} ready process`);
    assert.deepEqual(statesOf(client, runId), [`${port} listening process`, `${port} ready process`]);
    const listed = await client.request({ type: "list" });
    const { runs } = listed as { runs: { ports?: Payload<"port">[] }[] };
    assert.deepEqual(runs[0]?.ports, [portsOf(client, runId).at(-1)]);
    await client.request({ type: "cancel", runId, by: { kind: "local" } });
    await exitOf(client, runId);
  });

  it("are not ready where a debugger listens, which whoever reaches it could run anything with", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const [port, debugged] = [await freePort(), await freePort()];
    const missing = nodeServer(port).replace('a.end("hello")', "a.writeHead(404).end()");
    const runId = await startTestRun(client, ["node", `--inspect=127.0.0.1:${debugged}`, "-e", missing], { command });
    await until(client, runId, `${port} ready process`);
    await until(client, runId, `${debugged} listening process`);
    // It is asked again and again, and a server that says nothing but 404 has been asked twice by now.
    assert.equal(await answersHttp(debugged), false);
    assert.equal(await answersHttp(port), true);
    assert.ok(!statesOf(client, runId).includes(`${debugged} ready process`));
    await client.request({ type: "cancel", runId, by: { kind: "local" } });
    await exitOf(client, runId);
  });

  it("close and open again while it goes on", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const port = await freePort();
    const program = `
      const http = require("node:http");
      const open = () => http.createServer((q, a) => a.end()).listen(${port}, "::1");
      let server = open();
      process.stdin.on("data", () => {
        if (server) server.close(), server.closeAllConnections(), server = undefined;
        else server = open();
        console.log("turned");
      });`;
    const runId = await startTestRun(client, ["node", "-e", program], { command });
    await until(client, runId, `${port} ready process`);
    const { leaseEpoch } = await client.request({ type: "lease.take", runId, by: { kind: "local" } });
    client.type(runId, leaseEpoch, "\n");
    await until(client, runId, `${port} closed process`);
    client.type(runId, leaseEpoch, "\n");
    await client.until(() => statesOf(client, runId).length === 5 || undefined, 15_000);
    assert.deepEqual(
      statesOf(client, runId).map((state) => state.split(" ")[1]),
      ["listening", "ready", "closed", "listening", "ready"],
    );
    await client.request({ type: "cancel", runId, by: { kind: "local" } });
    await exitOf(client, runId);
  });

  it("of another program are told apart, though it prints them", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const other = http.createServer((_, response) => response.end("mine")).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const argv = ["sh", "-c", `printf 'at http://localhost:\\033[1m${port}\\033[0m/ now\\n'; read line`];
    const runId = await startTestRun(client, argv, { command });
    await until(client, runId, `${port} ready output`);
    other.closeAllConnections();
    other.close();
    await until(client, runId, `${port} closed output`);
    await client.request({ type: "cancel", runId, by: { kind: "local" } });
    await exitOf(client, runId);
  });

  it("are not looked for in a flood of output, and are in what comes behind it", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const servers = Array.from({ length: 9 }, () => http.createServer((_, response) => response.end("mine")));
    await Promise.all(servers.map((server) => once(server.listen(0, "127.0.0.1"), "listening")));
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    const [behind, ...inFlood] = ports;
    // Most of the flood is in front of each address: it takes a moment to be known as one.
    const program = `
      const block = ("x".repeat(79) + "\\n").repeat(13_000);
      const flood = ${JSON.stringify(inFlood)}.map((port) => block + "at http://localhost:" + port + "/ now\\n");
      process.stdout.write(flood.join(""), () => setInterval(() => console.log("at http://localhost:${behind}/ now"), 50));`;
    const runId = await startTestRun(client, ["node", "-e", program], { command });
    await until(client, runId, `${behind} ready output`);
    await client.request({ type: "cancel", runId, by: { kind: "local" } });
    await exitOf(client, runId);
    for (const server of servers) server.closeAllConnections();
    for (const server of servers) server.close();
    const printed = client.output(runId).toString("latin1");
    for (const port of ports) assert.ok(printed.includes(`localhost:${port}/ now`));
    // On a busy machine the keeper reads it in gushes, and what it reads first after a pause is no flood yet.
    const found = inFlood.filter((port) => statesOf(client, runId).some((state) => state.startsWith(`${port} `)));
    assert.ok(found.length < inFlood.length, "every address of the flood was found");
  });

  it("that speak no HTTP are listened on, and never ready", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const port = await freePort();
    const program = `require("node:net").createServer((s) => { s.on("error", () => {}); s.end("220 mail\\r\\n"); }).listen(${port})`;
    const runId = await startTestRun(client, ["node", "-e", program], { command });
    await until(client, runId, `${port} listening process`);
    await client.request({ type: "cancel", runId, by: { kind: "local" } });
    await exitOf(client, runId);
    assert.deepEqual(statesOf(client, runId), [`${port} listening process`]);
  });

  it("are not looked for where nobody has asked", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const port = await freePort();
    const runId = await startTestRun(client, [
      "node",
      "-e",
      `${nodeServer(port)}; setTimeout(() => process.exit(), 1500)`,
    ]);
    await exitOf(client, runId);
    assert.deepEqual(statesOf(client, runId), []);
  });

  it("that never open are told of once", async () => {
    const child = spawn("sh", ["-c", "read line"], { stdio: "pipe" });
    let told = 0;
    const first = new Promise<void>((resolve) => {
      const watch = createPortWatch({
        pid: child.pid ?? -1,
        silentMs: 300,
        changed: () => assert.fail("it has no port"),
        failed: (error) => assert.fail(String(error)),
        silent() {
          told++;
          setTimeout(() => {
            watch.stop();
            resolve();
          }, 1_000);
        },
      });
    });
    await first;
    child.kill();
    assert.equal(told, 1);
  });

  it("are found while it prints without a pause: no line puts the next look off", async () => {
    const port = await freePort();
    const child = spawn(process.execPath, ["-e", nodeServer(port)], { stdio: "ignore" });
    const found: number[] = [];
    const watch = createPortWatch({
      pid: child.pid ?? -1,
      changed: (one) => found.push(one.port),
      failed: (error) => assert.fail(String(error)),
      silent: () => undefined,
    });
    const printing = setInterval(() => watch.output(Buffer.from("a line\n")), 10);
    try {
      await untilTrue("it is found", async () => found.includes(port) || undefined);
    } finally {
      clearInterval(printing);
      watch.stop();
      child.kill();
    }
    await once(child, "exit");
  });

  it("that only another machine reaches are no ports of a run", async () => {
    const server = createServer().listen(0, "127.0.0.2");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const found = await listeningPorts(new Set([process.pid]));
    server.close();
    assert.ok(!found.some((one) => one.port === port));
  });
});

describe("ports in what a program prints", () => {
  const named = (pieces: readonly string[]) => {
    const ports = createNamedPorts();
    return new Set(pieces.flatMap((piece) => ports.output(Buffer.from(piece))));
  };
  for (const [text, ports] of [
    ["  ➜  Local:   \x1b[36mhttp://localhost:\x1b[1m5173\x1b[22m/\x1b[39m\n", [5173]],
    [" * Running on http://127.0.0.1:5000\n", [5000]],
    ["   - Local:        http://localhost:3000\n   - Network: http://192.168.1.4:3000\n", [3000]],
    ["Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...\n", [8000]],
    ["listening on http://[::1]:4321/\n", [4321]],
    ["see https://example.com:8443/ and http://localhost/\n", []],
    ["http://localhost:99999/\n", []],
  ] as const) {
    it(`${JSON.stringify(text.trim())}: ${ports.join(", ") || "none"}`, () => {
      assert.deepEqual([...named([text])], [...ports]);
    });
  }

  it("are the same in whatever pieces they come", () => {
    const text =
      "ready in 300 ms\r\n  Local: \x1b[36mhttp://localhost:\x1b[1m5173\x1b[22m/\x1b[39m and http://127.0.0.1:80801/\r\n";
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
        assert.deepEqual([...named(pieces)], [5173]);
      }),
    );
  });
});

describe("what the system says of listening ports", () => {
  it("lsof", () => {
    const text = "p4242\nf23\nn127.0.0.1:5173\nf24\nn*:3000\nf25\nn192.168.1.4:9\np77\nf9\nn[::1]:8080\n";
    assert.deepEqual(parseLsof(text), [
      { port: 5173, pid: 4242 },
      { port: 3000, pid: 4242 },
      { port: 8080, pid: 77 },
    ]);
  });

  it("netstat, in whatever language", () => {
    const text = [
      "",
      "Aktive Verbindungen",
      "  Proto  Lokale Adresse         Remoteadresse          Status           PID",
      "  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN          1204",
      "  TCP    127.0.0.1:5173         0.0.0.0:0              ABHÖREN          88",
      "  TCP    127.0.0.1:5173         127.0.0.1:50112        HERGESTELLT      88",
      "  TCP    [::1]:3000             [::]:0                 LISTENING        90",
    ].join("\r\n");
    assert.deepEqual(parseNetstat(text), [
      { port: 135, pid: 1204 },
      { port: 5173, pid: 88 },
      { port: 3000, pid: 90 },
    ]);
  });
});
