import { connect, createServer, type Socket } from "node:net";

/** A port in front of an editor's server. */
export interface QuietEnds {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/**
 * Passes on what windows and the editor's server say to each other, but ends a window's connections without a reset. A
 * window that goes while it is written to resets them, and its extension host writes that down as an error of the very
 * words that a socket of ours would have that nobody listens to.
 * @param target a port of 127.0.0.1
 */
export async function quietEnds(target: number): Promise<QuietEnds> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (window) => {
    const editor = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    window.pipe(editor);
    editor.pipe(window);
    // What the editor still writes is read, since a connection that is closed with something unread is reset.
    const gone = () => {
      editor.end();
      editor.resume();
    };
    window.on("error", gone).on("close", gone);
    editor.on("error", () => window.destroy()).on("close", () => window.end());
    for (const socket of [window, editor]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it has no port");
  return {
    port: address.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
