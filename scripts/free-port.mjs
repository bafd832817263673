import { createServer } from "node:net";

const maxTries = 200;

/** The first port of 127.0.0.1 from `first` on that nobody listens on. */
export async function firstFreePort(first) {
  for (let port = first; port < first + maxTries; port++) if (await isFree(port)) return port;
  throw new Error(`No port from ${first} to ${first + maxTries - 1} is free.`);
}

function isFree(port) {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", () => done(false));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => server.close(() => done(true)));
  });
}
