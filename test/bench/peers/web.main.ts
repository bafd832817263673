import http from "node:http";

/**
 * A server as a dev server is: a small answer, `/bulk?BYTES` for a large one, and `/heard` for a large request, whose
 * answer says again and again how many bytes of it have come. Prints its port.
 */
const piece = Buffer.alloc(64 * 1024, "x");
const server = http.createServer((request, response) => {
  const [path, query] = (request.url ?? "").split("?", 2);
  if (path === "/heard") {
    let heard = 0;
    request.on("data", (bytes: Buffer) => {
      heard += bytes.length;
    });
    const timer = setInterval(() => response.write(`${heard}\n`), 50);
    response.on("close", () => clearInterval(timer));
    return;
  }
  if (path !== "/bulk") {
    response.end("a small answer");
    return;
  }
  let left = Number(query);
  response.setHeader("Content-Length", left);
  const write = () => {
    while (left > 0) {
      const next = left < piece.length ? piece.subarray(0, left) : piece;
      left -= next.length;
      if (!response.write(next)) break;
    }
    if (left === 0) response.end();
  };
  response.on("drain", write);
  write();
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(address.port);
});
