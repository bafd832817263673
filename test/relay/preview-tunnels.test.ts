import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http2 from "node:http2";
import { createWebSocketStream, WebSocket } from "ws";
import { newId } from "#protocol/ids";
import { visitPreview } from "#test/support/preview-visit";
import { type PairedRunner, type RelayTeam, startTeam } from "#test/support/relay-team";
import type { RunnerClient } from "#test/support/runner-client";
import { skipBecause } from "#test/support/skip";

const port = 5173;

/** The relay's end of a tunnel, with a runner that does what a test says. */
describe("the tunnels of runners, at the relay", function () {
  this.timeout(30_000);
  let team: RelayTeam;
  let runner: PairedRunner;
  let link: RunnerClient;

  before(async () => {
    team = await startTeam();
    runner = await team.pair();
  });
  after(() => team?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    link = await runner.connect();
  });
  afterEach("the relay is unharmed", async () => {
    link.close();
    assert.doesNotMatch(team.relay.log(), /"level":(50|60)/);
    assert.ok(await team.owner.client.call("listRunners"));
  });

  const asked = async (message: { type: "tunnel.ticket" } | { type: "preview.open"; port: number }, by = link) => {
    const id = newId("command");
    by.send({ ...message, id });
    const reply = await by.next("reply");
    assert.equal(reply.re, id);
    return reply;
  };
  /** @param ready in the same turn as the relay's answer: what comes behind it may be there already */
  const openTunnel = async (ticket?: string, ready: (socket: WebSocket) => void = () => undefined) => {
    const socket = new WebSocket(`${team.relay.url.replace(/^http/, "ws")}/api/tunnel`, { perMessageDeflate: false });
    socket.on("error", () => undefined);
    await once(socket, "open");
    socket.send(JSON.stringify({ type: "hello", ticket: ticket ?? (await asked({ type: "tunnel.ticket" })).result }));
    socket.once("message", () => ready(socket));
    const [answer] = await once(socket, "message");
    return { socket, answer: JSON.parse(String(answer)) };
  };
  const visit = async () => {
    const { result } = await asked({ type: "preview.open", port });
    return visitPreview(team.owner, (result as { id: string }).id);
  };

  it("need a ticket that was not used", async () => {
    const { result } = await asked({ type: "tunnel.ticket" });
    const first = await openTunnel(String(result));
    assert.deepEqual(first.answer, { type: "ready" });
    for (const ticket of [String(result), "", "x"]) {
      assert.equal((await openTunnel(ticket)).answer.error.code, "ticket_invalid");
    }
    first.socket.terminate();
  });

  it("end with their link, and when another link takes its place", async () => {
    const { socket } = await openTunnel();
    const closed = once(socket, "close");
    const other = await runner.connect();
    await closed;
    const [second] = [(await asked({ type: "tunnel.ticket" }, other)).result];
    const { socket: later } = await openTunnel(String(second));
    const laterClosed = once(later, "close");
    other.close();
    await laterClosed;
  });

  it("end when what comes through them is no HTTP/2", async () => {
    for (const bytes of [randomBytes(100_000), Buffer.alloc(9), Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]) {
      const { socket } = await openTunnel();
      const closed = once(socket, "close");
      socket.send(bytes);
      socket.send(bytes);
      socket.send("{}");
      await closed;
    }
  });

  const says = (stream: http2.ServerHttp2Stream, ...texts: string[]) => {
    stream.respond({ ":status": 200 });
    for (const text of texts) stream.write(text);
  };
  const answers: [string, (stream: http2.ServerHttp2Stream) => void, number][] = [
    [
      "a status that nobody knows",
      (stream) => says(stream, "HTTP/1.1 599 Odd\r\nx-odd: \xe9\r\nContent-Length: 0\r\n\r\n"),
      599,
    ],
    ["a connection without any HTTP on it", (stream) => says(stream, "\0\0\0 garbage\r\n\r\n"), 502],
    ["a connection that ends at once", (stream) => stream.respond({ ":status": 200 }, { endStream: true }), 502],
    ["no connection, for a reason that nobody knows", (stream) => refuse(stream, 418, "x".repeat(200)), 502],
    ["no connection, since the preview is closed there", (stream) => refuse(stream, 403, "preview_closed"), 410],
    ["nothing but a reset", (stream) => stream.close(http2.constants.NGHTTP2_PROTOCOL_ERROR), 502],
    [
      "what comes before an answer, and then none",
      (stream) => {
        for (let i = 0; i < 50; i++) stream.additionalHeaders({ ":status": 103, link: "</a>; rel=preload" });
        says(stream, ...Array.from({ length: 50 }, () => "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"));
        stream.close();
      },
      502,
    ],
    ["an end of the whole tunnel", (stream) => stream.session?.destroy(), 502],
  ];
  const refuse = (stream: http2.ServerHttp2Stream, status: number, code: string) =>
    stream.respond({ ":status": status, "baton-error": code }, { endStream: true });
  for (const [what, answer, status] of answers) {
    it(`may answer with ${what}`, async () => {
      const { socket } = await openTunnel(undefined, (opened) => {
        const duplex = createWebSocketStream(opened);
        duplex.on("error", () => undefined);
        const session = http2.performServerHandshake(duplex);
        session.on("error", () => undefined);
        session.on("stream", (stream) => {
          stream.on("error", () => undefined);
          answer(stream);
        });
      });
      const page = await visit();
      assert.equal((await page.get("/")).status, status);
      socket.terminate();
    });
  }
});

describe("the runners of a relay that has no host names for previews", function () {
  this.timeout(30_000);

  it("are told so when they show a port", async function () {
    if (process.platform !== "linux") skipBecause(this, "only Linux answers at every address of this computer's own");
    await using team = await startTeam({ args: ["--host", "127.0.0.2"] });
    const runner = await team.pair();
    using link = await runner.connect();
    link.send({ type: "preview.open", id: newId("command"), port });
    const { error } = await link.next("reply");
    assert.equal(error?.code, "preview_off");
  });
});
