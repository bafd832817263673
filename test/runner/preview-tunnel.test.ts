import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2, { type ClientHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { createWebSocketStream, type WebSocket, WebSocketServer } from "ws";
import { serveTunnel } from "#runner/node/previews/tunnel";

describe("a runner's end of a tunnel, with a relay that says what it likes", function () {
  this.timeout(30_000);
  let relay: WebSocketServer;
  let server: http.Server;
  let port: number;
  let heard: string[] = [];

  before(async () => {
    server = http.createServer((request, response) => {
      heard.push(`${request.method} ${request.url}`);
      response.end("shown");
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    ({ port } = server.address() as AddressInfo);
    relay = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(relay, "listening");
  });
  after(() => {
    relay?.close();
    server?.closeAllConnections();
    server?.close();
  });
  beforeEach(() => {
    heard = [];
  });

  const open = async () => {
    const connected = once(relay, "connection") as Promise<[WebSocket]>;
    const served = serveTunnel({
      relayUrl: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
      ticket: "x",
      network: {},
      signal: new AbortController().signal,
      isOpen: (asked) => asked === port,
    });
    const [socket] = await connected;
    await once(socket, "message");
    return { socket, served };
  };
  const statusOf = async (session: ClientHttp2Session, headers: http2.OutgoingHttpHeaders) => {
    const stream = session.request({ ":path": "/", ":authority": "localhost", ...headers });
    stream.on("error", () => undefined).resume();
    const [answer] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
    return answer[":status"];
  };

  it("reaches nothing but what is open here", async () => {
    const { socket, served } = await open();
    socket.send('{"type":"ready"}');
    const duplex = createWebSocketStream(socket);
    const session = http2.connect("http://localhost", { createConnection: () => duplex });
    for (const other of ["22", String(port - 1), `${port}, 22`, "-1", "x", ""]) {
      assert.equal(await statusOf(session, { "baton-port": other }), 403, other);
    }
    assert.equal(await statusOf(session, {}), 403);
    const own = { "baton-port": String(port) };
    assert.deepEqual(heard, []);
    assert.equal(await statusOf(session, own), 200);
    assert.deepEqual(heard, ["GET /"]);
    session.destroy();
    await served;
  });

  it("ends, and leaves nothing open, when it is refused or told what is no HTTP/2", async () => {
    for (const said of ['{"type":"error","error":{"code":"ticket_invalid","params":{}}}', "[]", "{"]) {
      const { socket, served } = await open();
      const closed = once(socket, "close");
      socket.send(said);
      await assert.rejects(served);
      await closed;
    }
    const { socket, served } = await open();
    socket.send('{"type":"ready"}');
    socket.send(Buffer.alloc(10_000, 7));
    await served;
  });
});
