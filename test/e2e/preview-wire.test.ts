import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type IncomingMessage } from "node:http";
import net, { type AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { maxPreviewRequestsPerMember } from "#relay/caps";
import { invitePerson } from "#test/support/people";
import { freePort } from "#test/support/ports";
import { type PreviewVisit, visitPreview } from "#test/support/preview-visit";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

describe("what crosses between a browser, the relay, a runner and its server, message by message", function () {
  this.timeout(60_000);
  let system: System;
  let server: http.Server;
  let raw: net.Server;
  /** What the raw server does with a connection. */
  let does: (socket: net.Socket) => void;
  let visits: { server: PreviewVisit; raw: PreviewVisit };
  let spare: number;
  let runnerId: string;
  let heard: { readonly line: string; readonly body: string }[] = [];
  const upgraded = new Set<Duplex>();

  const pages: Record<string, http.RequestListener> = {
    "/headers-first": (_request, response) => response.flushHeaders(),
    "/none": (_request, response) => void response.writeHead(204).end(),
    "/unchanged": (_request, response) => void response.writeHead(304, { etag: '"1"' }).end(),
    "/part": ({ headers }, response) => {
      response.writeHead(206, { "content-range": "bytes 2-3/6", "content-length": 2, "x-asked": headers.range });
      response.end("cd");
    },
    "/whole": (_request, response) => void response.writeHead(200, { "content-length": 6 }).end("abcdef"),
  };

  before(async () => {
    server = http.createServer(async (request, response) => {
      const page = pages[request.url ?? ""];
      if (page) return page(request, response);
      if (request.url === "/too-much") return void response.writeHead(413).end("too much");
      let body = "";
      for await (const piece of request) body += String(piece);
      heard.push({ line: `${request.method} ${request.url}`, body });
      response.end("heard");
    });
    server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
      socket.on("error", () => socket.destroy());
      if (request.url === "/page") return void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage");
      if (request.url === "/missing") return void socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      upgraded.add(socket);
      socket.on("close", () => upgraded.delete(socket));
      socket.on("end", () => socket.end()).resume();
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
    });
    raw = net.createServer((socket) => {
      socket.on("error", () => undefined);
      does(socket);
    });
    for (const one of [server, raw]) await new Promise<void>((done) => one.listen(0, "127.0.0.1", done));
    const [port, rawPort] = [server, raw].map((one) => (one.address() as AddressInfo).port) as [number, number];
    spare = await freePort();
    system = await startSystem({ previewPorts: [port, rawPort, spare] });
    runnerId = (await system.runners[0]?.runnerId()) ?? "";
    const visit = async (one: number) => {
      const { id } = await system.owner.client.call("openPreview", { body: { runnerId, port: one } });
      return visitPreview(system.owner, id);
    };
    visits = { server: await visit(port), raw: await visit(rawPort) };
    await until("the tunnel is there", async () => (await visits.server.get("/")).status === 200 || undefined);
  });
  after(async () => {
    for (const socket of upgraded) socket.destroy();
    server?.closeAllConnections();
    server?.close();
    raw?.close();
    await system?.stop();
  });
  beforeEach(() => {
    heard = [];
  });
  afterEach("the relay is unharmed", () => {
    assert.doesNotMatch(system.relay.output(), /Error|"level":(50|60)/);
  });

  for (const method of ["GET", "DELETE", "OPTIONS", "POST"]) {
    it(`the body of a ${method} stays a body, whatever stands in it`, async () => {
      const body = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
      const options = { method, headers: { "transfer-encoding": "chunked" } };
      const response = await visits.server.open("/outer", options, Readable.from([body]));
      response.resume();
      await once(response, "end");
      await visits.server.get("/next");
      assert.deepEqual(heard, [
        { line: `${method} /outer`, body },
        { line: "GET /next", body: "" },
      ]);
    });
  }

  it("headers come before there is a body", async () => {
    const response = await visits.server.open("/headers-first");
    assert.equal(response.statusCode, 200);
    response.destroy();
  });

  it("answers without a body are whole", async () => {
    for (const [path, status] of [
      ["/none", 204],
      ["/unchanged", 304],
    ] as const) {
      const answer = await visits.server.get(path);
      assert.deepEqual([answer.status, answer.text], [status, ""]);
    }
    const head = await visits.server.open("/whole", { method: "HEAD" });
    head.resume();
    await once(head, "end");
    assert.deepEqual([head.statusCode, head.headers["content-length"]], [200, "6"]);
  });

  it("parts of a file are asked for and given as they are", async () => {
    const { status, headers, text } = await visits.server.get("/part", { range: "bytes=2-3" });
    assert.deepEqual(
      [status, headers["content-range"], headers["x-asked"], text],
      [206, "bytes 2-3/6", "bytes=2-3", "cd"],
    );
  });

  it("an answer to a part of what is sent is not lost", async () => {
    const body = Readable.from(
      (function* () {
        for (let i = 0; i < 200; i++) yield Buffer.alloc(65_536);
      })(),
    );
    const response = await visits.server.open("/too-much", { method: "POST" }, body);
    let text = "";
    for await (const piece of response.setEncoding("utf8")) text += piece;
    assert.deepEqual([response.statusCode, text], [413, "too much"]);
  });

  for (const [path, status] of [
    ["/page", 502],
    ["/missing", 404],
  ] as const) {
    it(`a server that opens no socket at ${path} is not said to have opened one`, async () => {
      const socket = visits.server.socket(path);
      socket.on("error", () => undefined);
      const [, response] = await once(socket, "unexpected-response");
      assert.equal(response.statusCode, status);
      socket.terminate();
    });
  }

  it("nothing stays open of sockets whose page was gone before they were", async () => {
    const { host } = new URL(visits.server.origin);
    const start = [
      ...["GET /live HTTP/1.1", `Host: ${host}`, "Connection: Upgrade", "Upgrade: websocket"],
      ...[`Origin: ${visits.server.origin}`, `Cookie: ${visits.server.cookie}`],
    ];
    for (let i = 0; i < 40; i++) {
      const client = net.connect(system.relay.port, "127.0.0.1");
      client.on("error", () => undefined);
      await once(client, "connect");
      client.write(`${start.join("\r\n")}\r\n\r\n`, () => client.resetAndDestroy());
      await once(client, "close");
    }
    const { status } = await visits.server.get("/after");
    assert.equal(status, 200);
    await until("all of them are closed", async () => upgraded.size === 0 || undefined);
  });

  it("a socket that is refused is not left half open", async () => {
    for (const host of [`${"a".repeat(26)}.localhost:${system.relay.port}`, `127.0.0.1:${system.relay.port}`]) {
      const client = net.connect({ port: system.relay.port, host: "127.0.0.1", allowHalfOpen: true });
      let isGone = false;
      client
        .on("error", () => undefined)
        .on("close", () => {
          isGone = true;
        });
      client.write(`GET /nowhere HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      client.resume();
      await once(client, "end");
      await until("the relay takes nothing more of it", async () => {
        client.write("more");
        return isGone || undefined;
      });
    }
  });

  it("a connection that the server has closed meanwhile is not taken for a server that is gone", async () => {
    // Says nothing on a connection that it has answered on before, as one that gives up idle connections.
    does = (socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh");
        socket.once("data", () => socket.destroy());
      });
    };
    for (let i = 0; i < 4; i++) {
      const { status, text } = await visits.raw.get(`/${i}`);
      assert.deepEqual([status, text], [200, "fresh"]);
    }
  });

  it("another protocol that nobody has asked for is no answer", async () => {
    does = (socket) => {
      socket.once("data", () =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nx"),
      );
    };
    assert.equal((await visits.raw.get("/")).status, 502);
  });

  it("a page of somebody else leads a browser here, and does nothing more", async () => {
    const { origin } = visits.raw;
    const asked = async (headers: Record<string, string>, method = "GET") => {
      const response = await visits.server.open("/asked", { method, headers });
      response.resume();
      return response.statusCode;
    };
    for (const site of ["same-site", "cross-site"]) {
      const from = { "sec-fetch-site": site };
      assert.equal(await asked({ ...from, "sec-fetch-mode": "no-cors" }), 403);
      assert.equal(await asked({ ...from, "sec-fetch-mode": "navigate", origin }, "POST"), 403);
      assert.equal(await asked({ ...from, "sec-fetch-mode": "navigate" }), 200);
    }
    assert.equal(await asked({ origin }, "POST"), 403);
    for (const site of ["same-origin", "none"]) assert.equal(await asked({ "sec-fetch-site": site }), 200);
    assert.equal(await asked({ origin: visits.server.origin }, "POST"), 200);
  });

  it("what of one member is under way leaves room for others", async () => {
    const paul = await invitePerson(system.owner, "viewer", "Paul");
    const { previews } = await system.owner.client.call("listPreviews");
    const { host } = new URL(visits.server.origin);
    const id = previews.find(({ label }) => host.startsWith(label))?.id ?? "";
    const visit = await visitPreview(paul, id);
    const open = () => visit.open("/headers-first", { agent: false });
    const held = await Promise.all(Array.from({ length: maxPreviewRequestsPerMember }, open));
    assert.ok(held.every(({ statusCode }) => statusCode === 200));
    const refused = await visit.get("/whole");
    assert.equal(refused.status, 429);
    assert.equal((await visits.server.get("/whole")).text, "abcdef");
    for (const response of held) response.destroy();
    await until("there is room again", async () => (await visit.get("/whole")).status === 200 || undefined);
  });

  it("whoever is signed out somewhere sees nothing more there", async () => {
    const lea = await invitePerson(system.owner, "viewer", "Lea");
    const { previews } = await system.owner.client.call("listPreviews");
    const { host } = new URL(visits.server.origin);
    const id = previews.find(({ label }) => host.startsWith(label))?.id ?? "";
    const visit = await visitPreview(lea, id);
    assert.equal((await visit.get("/whole")).status, 200);
    const { tokens } = (await lea.request("GET", "/api/tokens")) as { tokens: { id: string }[] };
    for (const token of tokens) await lea.request("DELETE", `/api/tokens/${token.id}`);
    assert.equal((await visit.get("/whole")).status, 401);
  });

  it("a port that many ask for at the same time has one preview", async () => {
    const ask = () => system.owner.client.call("openPreview", { body: { runnerId, port: spare } });
    const opened = await Promise.all(Array.from({ length: 20 }, ask));
    assert.equal(new Set(opened.map(({ id }) => id)).size, 1);
    const { previews } = await system.owner.client.call("listPreviews");
    assert.equal(previews.filter(({ body }) => body.port === spare).length, 1);
  });

  it("a page is there as soon as its runner is there again", async () => {
    const isHere = async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners.some(({ state, reconnecting }) => state === "online" && !reconnecting);
    };
    await system.runners[0]?.kill();
    await until("the runner is gone", async () => !(await isHere()) || undefined);
    await system.runners[0]?.start();
    await until("the runner is here", async () => (await isHere()) || undefined);
    assert.equal((await visits.server.get("/whole")).text, "abcdef");
    await system.relay.kill();
    await system.relay.start();
    await until("the runner is here", async () => (await isHere()) || undefined);
    assert.equal((await visits.server.get("/whole")).text, "abcdef");
  });
});
