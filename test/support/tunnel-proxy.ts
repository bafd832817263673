import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";

export interface TunnelProxy {
  readonly url: string;
  /** What was asked for, as `METHOD HOST:PORT`. */
  readonly targets: string[];
  readonly close: () => Promise<unknown>;
}

/** A proxy that only tunnels (`CONNECT`) and notes where to; it knows `relay.test` as this machine. */
export async function startTunnelProxy(): Promise<TunnelProxy> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", (head) => {
      const [method = "", target = ""] = head.toString("latin1").split(" ");
      targets.push(`${method} ${target}`);
      if (method !== "CONNECT") {
        socket.end("HTTP/1.1 405 Method Not Allowed\r\n\r\n");
        return;
      }
      const [host = "", port = ""] = target.split(":");
      const far = connect(Number(port), host === "relay.test" ? "127.0.0.1" : host, () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        far.pipe(socket).pipe(far);
      });
      sockets.add(far);
      far.on("error", () => socket.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  return {
    url: `http://127.0.0.1:${address.port}`,
    targets,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
