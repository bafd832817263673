import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { WebSocket, WebSocketServer } from "ws";
import { tunnelStream } from "#protocol/tunnel-stream";

const platform = { Duplex, concat: Buffer.concat, soon: setImmediate };

describe("the stream below a tunnel's HTTP/2", function () {
  this.timeout(30_000);
  let server: WebSocketServer;
  let near: WebSocket;
  let far: WebSocket;

  before(async () => {
    server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
  });
  after(() => server?.close());
  beforeEach(async () => {
    const connected = once(server, "connection") as Promise<[WebSocket]>;
    near = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    [far] = await connected;
    if (near.readyState !== WebSocket.OPEN) await once(near, "open");
  });
  afterEach(() => {
    near.terminate();
    far.terminate();
  });

  it("carries all bytes in their order, whatever pieces they are written in", async () => {
    const [from, to] = [tunnelStream(near, platform), tunnelStream(far, platform)];
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), { minLength: 1, maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 150 }), async (written, times) => {
        const expected = Buffer.concat(written.map((piece) => Buffer.alloc(piece.length * times, piece)));
        const heard: Buffer[] = [];
        let bytes = 0;
        const whole = new Promise<void>((resolve) => {
          to.removeAllListeners("data").on("data", (piece: Buffer) => {
            heard.push(piece);
            bytes += piece.length;
            if (bytes >= expected.length) resolve();
          });
        });
        for (const piece of written) from.write(Buffer.alloc(piece.length * times, piece));
        await whole;
        assert.ok(Buffer.concat(heard).equals(expected));
      }),
      { numRuns: 50 },
    );
  });

  it("says at once what is written first in a turn, and the rest of it in one message", async () => {
    const stream = tunnelStream(near, platform);
    const heard: Buffer[] = [];
    far.on("message", (bytes: Buffer) => heard.push(bytes));
    for (let i = 0; i < 100; i++) stream.write("piece");
    while (heard.length < 2) await once(far, "message");
    stream.write("last");
    while (heard.length < 3) await once(far, "message");
    assert.deepEqual(
      heard.map((bytes) => bytes.length),
      [5, 495, 4],
    );
  });

  it("holds up who writes more than the other side takes", async () => {
    const stream = tunnelStream(near, platform);
    far.pause();
    let written = 0;
    const piece = Buffer.alloc(64 * 1024);
    // Beyond what the system itself takes for a socket.
    const most = 64 * 1024 * 1024;
    while (written < most) {
      written += piece.length;
      const mayGoOn = await new Promise((resolve) => {
        if (stream.write(piece)) return void setImmediate(resolve, true);
        const timer = setTimeout(resolve, 500, false);
        stream.once("drain", () => {
          clearTimeout(timer);
          resolve(true);
        });
      });
      if (!mayGoOn) break;
    }
    assert.ok(written < most, `${written} bytes were taken`);
    assert.ok(near.bufferedAmount < 1024 * 1024, `${near.bufferedAmount} bytes wait in the socket`);
    far.resume();
    await once(stream, "drain");
  });

  it("throws away what is written once its socket is closed, and fails nobody", async () => {
    const stream = tunnelStream(near, platform);
    near.terminate();
    await once(near, "close");
    await new Promise<void>((resolve, reject) => {
      stream.once("error", reject);
      stream.write(Buffer.alloc(1024 * 1024), () => stream.write("more", () => resolve()));
    });
  });
});
