import { createServer, type Server } from "node:net";

/** A port of 127.0.0.1 that was free a moment ago, for programs that cannot be started on port 0. */
export async function freePort(): Promise<number> {
  const { port, release } = await takePort(0);
  await release();
  return port;
}

/** Holds a port of 127.0.0.1, so that a test can see what happens when it is taken. */
export async function takePort(port: number): Promise<{ port: number; release: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { port: address.port, release: () => close(server) };
}

const close = (server: Server) =>
  new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
