import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import WebSocket, { WebSocketServer } from "ws";

/** Stands between a runner and its relay and passes everything on, until it is told to lie. */
export interface LyingRelay extends AsyncDisposable {
  readonly url: string;
  /** Answers requests in the relay's place. */
  answer: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  /** Changes what the relay says on links of runners. */
  twist: ((text: string) => string) | undefined;
  /** Says something of its own on every link. @returns on how many */
  readonly say: (message: string | Uint8Array) => number;
  /** Ends every link. */
  readonly cut: () => void;
  /** What came up the links as text, all of it. */
  readonly heard: string[];
}

/** @param target the address of the real relay */
export async function lyingRelay(target: string): Promise<LyingRelay> {
  const heard: string[] = [];
  const links = new Set<WebSocket>();
  const { host } = new URL(target);
  const asTheRelay = ({ headers }: IncomingMessage) => ({
    ...headers,
    host,
    ...(headers.origin && { origin: target }),
  });
  const server = createServer((from, to) => {
    if (relay.answer) return relay.answer(from, to);
    const onward = request(
      `${target}${from.url}`,
      { method: from.method ?? "GET", headers: asTheRelay(from) },
      (answer) => {
        to.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(to);
      },
    );
    onward.on("error", () => to.destroy());
    from.pipe(onward);
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  server.on("upgrade", (from, socket, head) => {
    sockets.handleUpgrade(from, socket, head, (near) => {
      const { authorization, cookie } = from.headers;
      const far = new WebSocket(`${target.replace(/^http/, "ws")}${from.url}`, {
        perMessageDeflate: false,
        headers: { ...(authorization && { authorization }), ...(cookie && { cookie }) },
      });
      const isRunner = from.url?.includes("runner-link") ?? false;
      const opened = once(far, "open");
      opened.catch(() => near.terminate());
      links.add(near);
      near.on("message", (data: Buffer, isBinary) => {
        if (!isBinary) heard.push(data.toString("utf8"));
        opened.then(() => far.send(data, { binary: isBinary })).catch(() => near.terminate());
      });
      far.on("message", (data: Buffer, isBinary) => {
        if (isBinary || !relay.twist || !isRunner) near.send(data, { binary: isBinary });
        else near.send(relay.twist(data.toString("utf8")));
      });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on("error", () => one.terminate());
        one.on("close", () => {
          links.delete(near);
          other.terminate();
        });
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = () => {
    for (const link of links) link.terminate();
  };
  const relay: LyingRelay = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answer: undefined,
    twist: undefined,
    heard,
    say(message) {
      for (const link of links) link.send(message);
      return links.size;
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return relay;
}
