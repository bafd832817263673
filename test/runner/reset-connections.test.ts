import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { answersHttp } from "#runner/keeper/answers";
import { isConnected } from "#runner/node/cloudflare/health";
import { nodeFetch } from "#runner/node/http-fetch";
import { openLink } from "#runner/node/open-link";
import { serveTunnel } from "#runner/node/previews/tunnel";
import { isPortTaken } from "#runner/node/projects/port-taken";
import { relaySocket } from "#runner/node/relay-socket";

/** What a server does with a connection before it resets it. */
const resets: Readonly<Record<string, (socket: Socket) => void>> = {
  "at once": (socket) => socket.resetAndDestroy(),
  "when it was asked": (socket) => socket.once("data", () => socket.resetAndDestroy()),
  "in the middle of the head": (socket) =>
    socket.once("data", () => socket.write("HTTP/1.1 2", () => socket.resetAndDestroy())),
  "in the middle of the body": (socket) =>
    socket.once("data", () =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfour", () => socket.resetAndDestroy()),
    ),
};

/** Whatever of the runner dials by TCP; each is over when its connection is. */
const dials: Readonly<Record<string, (port: number) => Promise<unknown>>> = {
  "the look for a free port": isPortTaken,
  "the question whether a server answers": answersHttp,
  "the question after a tunnel's health": (port) => isConnected(`127.0.0.1:${port}`),
  "a request to a relay": (port) => nodeFetch(`http://127.0.0.1:${port}/`).catch(() => undefined),
  "the link": (port) =>
    new Promise<unknown>((closed) =>
      openLink(`ws://127.0.0.1:${port}/`, {
        ...{ opened: ignore, text: ignore, bytes: ignore, drained: ignore, alive: ignore, closed },
      }),
    ),
  "a viewer's socket": (port) =>
    new Promise<unknown>((closed) =>
      new (relaySocket(() => ({})))(`ws://127.0.0.1:${port}/`).addEventListener("close", closed),
    ),
  "the tunnel": (port) =>
    serveTunnel({
      ...{ relayUrl: `http://127.0.0.1:${port}`, ticket: "none", network: {}, isOpen: () => false },
      signal: new AbortController().signal,
    }).catch(() => undefined),
};
const ignore = () => undefined;

describe("a connection that is reset", () => {
  for (const [who, dial] of Object.entries(dials)) {
    for (const [when, reset] of Object.entries(resets)) {
      it(`${when} leaves no error of ${who} to itself`, async () => {
        const errors: Error[] = [];
        const listeners = process.listeners("uncaughtException");
        process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => errors.push(error));
        const server = createServer((socket) => reset(socket.on("error", ignore)));
        try {
          await once(server.listen(0, "127.0.0.1"), "listening");
          const { port } = server.address() as { port: number };
          await dial(port);
          await new Promise((resolve) => server.close(resolve));
          assert.deepEqual(errors, []);
        } finally {
          process.removeAllListeners("uncaughtException");
          for (const listener of listeners) process.on("uncaughtException", listener);
        }
      });
    }
  }
});
