import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import pino from "pino";
import type { Preview, Share } from "#protocol/documents";
import { createRateLimit } from "#relay/domain/rate-limit";
import { createPortConnections } from "#relay/previews/port-connections";
import { createPreviewServer } from "#relay/previews/preview-server";
import { createPreviewSite } from "#relay/previews/preview-site";
import { createTunnelHub } from "#relay/previews/tunnel-hub";
import { previewVisit } from "#test/support/preview-visit";
import { startDomain, type TestDomain } from "#test/support/relay-domain";

const answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbegun\r\n";

/**
 * A preview's server without the relay's timer, which ends everything that is over as well, a moment later: what ends
 * here was ended by what has happened.
 */
describe("what guests of a preview are in the middle of", () => {
  let test: TestDomain;
  let relay: http.Server;
  let runner: http2.Http2Server;
  let session: http2.ClientHttp2Session;
  let preview: Preview;
  const sockets = new Set<Socket>();
  const listening = async (server: http.Server | http2.Http2Server): Promise<number> => {
    server.on("connection", (socket: Socket) => sockets.add(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };

  beforeEach(async () => {
    test = await startDomain();
    const { domain } = test;
    const runnerId = await test.addRunner();
    preview = await domain.previews.show(runnerId, { port: 5173, name: "Bakery", runId: undefined });
    // The runner's end of the tunnel: each connection to the port answers, and does not come to an end.
    runner = http2.createServer().on("stream", (stream) => {
      stream.on("error", () => undefined);
      stream.respond({ ":status": 200 });
      stream.write(answer);
    });
    session = http2.connect(`http://127.0.0.1:${await listening(runner)}`);
    await once(session, "connect");
    const tunnels = createTunnelHub(domain.context.clock);
    tunnels.put(runnerId, { session, connections: createPortConnections(session) });
    relay = http.createServer();
    const port = await listening(relay);
    const previewSite = createPreviewSite({ publicUrl: `http://127.0.0.1:${port}`, port }, undefined);
    assert.ok(previewSite);
    const server = createPreviewServer({
      ...{ domain, previewSite, tunnels, pageScript: undefined, log: pino({ level: "silent" }) },
      site: { publicUrl: `http://127.0.0.1:${port}`, addressOf: () => "127.0.0.1" },
      publicRequests: createRateLimit({ perMinute: 100, burst: 100, clock: domain.context.clock }),
      runners: { isConnected: () => true },
    });
    relay.on("request", (request, response) => server.request(request, response, preview.label));
  });
  afterEach(async () => {
    session.destroy();
    for (const socket of sockets) socket.destroy();
    for (const server of [relay, runner]) await new Promise((done) => server.close(done));
    await test[Symbol.asyncDispose]();
  });

  const makeShare = async (): Promise<Share> => {
    const wish = { audience: "public", expiresInMs: 60 * 60 * 1000 } as const;
    return (await test.domain.shares.make(preview, wish, test.owner)).share;
  };
  /** A guest who reads an answer that goes on. */
  const reading = async (share: Share) => {
    const { token } = await test.domain.previewGrants.makeForGuest(share);
    const { port } = relay.address() as AddressInfo;
    const origin = `http://${preview.label}.localhost:${port}`;
    const visit = previewVisit(`http://127.0.0.1:${port}`, origin, `__Host-baton-guest=${token}`);
    const response = await visit.open("/stream");
    response.on("error", () => undefined);
    const [begun] = await once(response, "data");
    assert.equal(String(begun), "begun");
    return { response, ended: new Promise((resolve) => response.once("close", resolve)) };
  };

  it("ends with the link that let them in, when that is revoked, and nobody else's does", async () => {
    const [revoked, kept] = [await makeShare(), await makeShare()];
    const [gone, stays] = [await reading(revoked), await reading(kept)];
    await test.domain.shares.revoke(revoked.id);
    await gone.ended;
    assert.equal(stays.response.destroyed, false);
  });

  it("ends with the preview, when that is closed", async () => {
    const { ended } = await reading(await makeShare());
    await test.domain.previews.close(preview.id);
    await ended;
  });
});
