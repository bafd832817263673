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
  let isOpen = true;

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
    isOpen = true;
  });

  const open = async () => {
    const connected = once(relay, "connection") as Promise<[WebSocket]>;
    const served = serveTunnel({
      relayUrl: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
      ticket: "x",
      network: {},
      signal: new AbortController().signal,
      isOpen: (asked) => isOpen && asked === port,
    });
    const [socket] = await connected;
    await once(socket, "message");
    return { socket, served };
  };
  const connect = (session: ClientHttp2Session, headers: http2.OutgoingHttpHeaders) => {
    const stream = session.request(headers);
    stream.on("error", () => undefined);
    return stream;
  };
  const statusOf = async (session: ClientHttp2Session, headers: http2.OutgoingHttpHeaders) => {
    const stream = connect(session, headers);
    stream.resume();
    // What is no address at all, HTTP/2 itself resets.
    const answered = once(stream, "response").catch(() => [{ ":status": 501 }]);
    const [answer] = (await answered) as [http2.IncomingHttpHeaders];
    return answer[":status"];
  };
  const begin = async () => {
    const { socket, served } = await open();
    socket.send('{"type":"ready"}');
    const duplex = createWebSocketStream(socket);
    const session = http2.connect("http://localhost", { createConnection: () => duplex });
    return { session, served };
  };
  const own = () => ({ ":method": "CONNECT", ":authority": `localhost:${port}` });

  it("reaches nothing but what is open here", async () => {
    const { session, served } = await begin();
    for (const other of ["localhost:22", `localhost:${port - 1}`]) {
      assert.equal(await statusOf(session, { ...own(), ":authority": other }), 403, other);
    }
    for (const other of [
      ...[`127.0.0.1:${port}`, `example.com:${port}`, `localhost:0${port}`, `localhost:${port}@example.com:22`],
      ...["localhost:-1", "localhost:x", "localhost:", "localhost", `localhost:${port}, localhost:22`],
    ]) {
      assert.equal(await statusOf(session, { ...own(), ":authority": other }), 501, other);
    }
    assert.equal(await statusOf(session, { ":path": "/", ":authority": `localhost:${port}` }), 501);
    assert.deepEqual(heard, []);
    assert.equal(await statusOf(session, own()), 200);
    session.destroy();
    await served;
  });

  it("carries nothing more of a connection whose preview was closed", async () => {
    const { session, served } = await begin();
    const stream = connect(session, own());
    const ask = (path: string) => stream.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    ask("/first");
    await once(stream, "data");
    isOpen = false;
    const closed = once(stream.resume(), "close");
    ask("/second");
    await closed;
    assert.equal(await statusOf(session, own()), 403);
    assert.deepEqual(heard, ["GET /first"]);
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
