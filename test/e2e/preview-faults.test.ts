import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { invitePerson } from "#test/support/people";
import { freePort } from "#test/support/ports";
import { type PreviewVisit, visitPreview } from "#test/support/preview-visit";
import { isAlive } from "#test/support/processes";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

const html = { accept: "text/html" };

describe("previews of servers that behave badly, and of people who may not", function () {
  this.timeout(60_000);
  let system: System;
  let good: http.Server;
  let ports: { good: number; none: number; raw: number };
  /** What the raw server says to whoever connects. */
  let says: (socket: net.Socket) => void;
  let raw: net.Server;
  let visits: { good: PreviewVisit; none: PreviewVisit; raw: PreviewVisit };
  let goodId: string;
  let runnerId: string;

  before(async () => {
    good = http.createServer((request, response) => {
      if (request.method === "POST") request.pipe(response);
      else response.end(request.url === "/empty" ? "" : "good");
    });
    raw = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => says(socket));
    });
    for (const server of [good, raw]) await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const portOf = (server: net.Server | http.Server) => (server.address() as AddressInfo).port;
    ports = { good: portOf(good), none: await freePort(), raw: portOf(raw) };
    system = await startSystem({ previewPorts: Object.values(ports) });
    runnerId = (await system.runners[0]?.runnerId()) ?? "";
    const visit = async (port: number) => {
      const { id } = await system.owner.client.call("openPreview", { body: { runnerId, port } });
      if (port === ports.good) goodId = id;
      return visitPreview(system.owner, id);
    };
    visits = { good: await visit(ports.good), none: await visit(ports.none), raw: await visit(ports.raw) };
  });
  after(async () => {
    good?.closeAllConnections();
    good?.close();
    raw?.close();
    await system?.stop();
  });
  afterEach("others are unharmed", async () => {
    assert.doesNotMatch(system.relay.output(), /Error|"level":(50|60)/);
    assert.deepEqual(await textOf(visits.good, "/"), [200, "good"]);
  });

  const textOf = async (visit: PreviewVisit, path: string) => {
    const { status, text } = await visit.get(path);
    return [status, text];
  };

  it("say that nothing answers at a port", async () => {
    const { status, text } = await visits.none.get("/", html);
    assert.equal(status, 502);
    assert.match(text, new RegExp(`Nothing answers on port ${ports.none} of folder-0`));
    assert.match((await visits.none.get("/data.json")).text, /^Nothing answers/);
  });

  it("show a page of no bytes", async () => {
    assert.deepEqual(await textOf(visits.good, "/empty"), [200, ""]);
  });

  const bad: [string, (socket: net.Socket) => void][] = [
    ["hangs up", (socket) => socket.destroy()],
    ["speaks no HTTP", (socket) => socket.end("\0\0garbage\r\n\r\n")],
    ["never ends its headers", (socket) => endless(socket, () => `x-${Math.random()}: ${"y".repeat(1_000)}\r\n`)],
    ["has a header that no answer may have", (socket) => socket.end("HTTP/1.1 200 OK\r\nx: a\u0001b\r\n\r\n")],
  ];
  for (const [what, how] of bad) {
    it(`say so where a server ${what}`, async () => {
      says = how;
      const { status, text } = await visits.raw.get("/", html);
      assert.equal(status, 502);
      assert.match(text, /Nothing answers there/);
    });
  }

  it("end an answer that breaks off, so that it does not look whole", async () => {
    says = (socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      setImmediate(() => socket.destroy());
    };
    await assert.rejects(visits.raw.get("/"), /aborted|ECONNRESET/);
  });

  it("end an answer that only its connection ends, where that was cut off", async () => {
    says = (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nwhole");
    assert.deepEqual(await textOf(visits.raw, "/"), [200, "whole"]);
    let server: net.Socket | undefined;
    says = (socket) => {
      server = socket;
      socket.write("HTTP/1.1 200 OK\r\n\r\nhalf");
    };
    for (const cutOff of [() => server?.resetAndDestroy(), () => system.runners[0]?.kill()]) {
      const download = await visits.raw.open("/");
      await once(download, "readable");
      const breaksOff = assert.rejects(once(download.resume(), "end"), /aborted|ECONNRESET/, String(cutOff));
      await cutOff();
      await breaksOff;
    }
    await system.runners[0]?.start();
    await until("the preview is there again", async () => (await visits.good.get("/")).status === 200 || undefined);
  });

  it("hold a server up that sends faster than anybody reads, and not the relay's memory", async () => {
    let sent = 0;
    says = (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      endless(socket, () => {
        sent += 65_536;
        return "z".repeat(65_536);
      });
    };
    const response = await visits.raw.open("/");
    await once(response, "readable");
    await until("the server is held up", async () => {
      const before = sent;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return sent === before || undefined;
    });
    assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes are under way`);
    response.destroy();
  });

  it("take up what comes in pieces, and give it back as it comes", async () => {
    const body = new Readable({ read() {} });
    const answered = visits.good.open("/", { method: "POST" }, body);
    for (const piece of ["one ", "two "]) {
      body.push(piece);
      const response = await answered;
      const heard = once(response, "data") as Promise<[Buffer]>;
      response.resume();
      const [bytes] = await heard;
      response.pause();
      assert.equal(bytes.toString(), piece);
    }
    body.push(null);
  });

  it("let in nobody with the cookie of another preview, or with none", async () => {
    for (const cookie of [visits.none.cookie, "", "__Host-baton-preview=x.y.z"]) {
      assert.equal((await visits.good.get("/", { cookie })).status, 401, cookie);
    }
  });

  it("open no socket for a page of somebody else, whatever cookie comes with it", async () => {
    for (const origin of ["https://evil.example", visits.none.origin, system.relay.url]) {
      const socket = visits.good.socket("/", origin);
      const [, response] = await once(socket, "unexpected-response");
      assert.equal(response.statusCode, 403, origin);
      socket.on("error", () => undefined);
      socket.terminate();
    }
  });

  it("reach no other port of the machine, and no other host", async () => {
    const spared = http.createServer((_request, response) => response.end("secret"));
    await new Promise<void>((done) => spared.listen(0, "127.0.0.1", done));
    const { port } = spared.address() as AddressInfo;
    const headers = { "baton-port": String(port), host: new URL(visits.good.origin).host };
    assert.equal((await visits.good.get("/", headers)).text, "good");
    assert.equal((await visits.good.get(`http://127.0.0.1:${port}/`)).text, "good");
    const asked = system.owner.client.call("openPreview", { body: { runnerId, port } });
    await assert.rejects(asked, { code: "preview_refused" });
    spared.close();
  });

  it("are opened by prompters, and closed by whom they belong to", async () => {
    const viewer = await invitePerson(system.owner, "viewer", "Vera");
    const prompter = await invitePerson(system.owner, "prompter", "Paul");
    const body = { runnerId, port: ports.good };
    await assert.rejects(viewer.client.call("openPreview", { body }), { code: "role_required" });
    assert.equal((await prompter.client.call("openPreview", { body })).id, goodId, "a port has one preview");
    await assert.rejects(prompter.client.call("closePreview", { params: { id: goodId } }), { code: "not_yours" });
    const visit = await visitPreview(viewer, goodId);
    assert.equal((await visit.get("/")).status, 200);
    await system.owner.request("DELETE", `/api/members/${viewer.memberId}`);
    assert.equal((await visit.get("/")).status, 401, "who is no member any more is let in no more");
  });

  it("outlive the other end of a tunnel in the middle of everything", async () => {
    const [runner] = system.runners;
    assert.ok(runner);
    says = (socket) => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      endless(socket, () => "z".repeat(65_536));
    };
    const answers = () =>
      visits.good.get("/").then(
        ({ status }) => status === 200 || undefined,
        () => undefined,
      );
    for (let round = 0; round < 4; round++) {
      await until("the preview is there", answers);
      const downloads = await Promise.all([1, 2, 3].map(() => visits.raw.open("/")));
      for (const download of downloads) {
        download.on("error", () => undefined);
        // One of them is not read, so that something always waits.
        if (download !== downloads[0]) download.resume();
      }
      await Promise.all(downloads.map((download) => once(download, "readable")));
      const falls = round % 2 === 0 ? system.relay : runner;
      const stays = round % 2 === 0 ? runner : system.relay;
      const pid = stays.pid();
      await falls.kill();
      await falls.start();
      await until("the preview is there again", answers);
      assert.ok(isAlive(pid));
      for (const download of downloads) download.destroy();
    }
  });

  it("come back when the relay was killed, and when the runner was", async () => {
    await system.relay.kill();
    await system.relay.start();
    const answers = () =>
      visits.good.get("/").then(
        ({ status }) => status === 200 || undefined,
        () => undefined,
      );
    await until("the preview is there again", answers);
    await system.runners[0]?.kill();
    const { status, text } = await visits.good.get("/", html);
    assert.equal(status, 503);
    assert.match(text, /folder-0 is away/);
    await system.runners[0]?.start();
    await until("the preview is there again", answers);
  });
});

function endless(socket: net.Socket, more: () => string): void {
  const write = () => {
    while (socket.writable && socket.write(more()));
  };
  socket.on("drain", write);
  write();
}
