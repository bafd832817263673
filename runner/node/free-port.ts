import { createServer } from "node:net";

const maxTries = 200;

/** The first port of 127.0.0.1 from `first` on that nobody listens on. @throws Error where none of two hundred is */
export async function freePort(first: number): Promise<number> {
  for (let port = first; port < first + maxTries; port++) if (await isFree(port)) return port;
  throw new Error(`No port from ${first} to ${first + maxTries - 1} is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
