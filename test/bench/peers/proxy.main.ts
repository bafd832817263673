import http from "node:http";

/**
 * The least that a proxy in Node does: it passes requests on to a port, on connections that it keeps. No tunnel, no
 * second machine, nobody who is let in or not. Prints its port. `node proxy.main.mjs PORT`
 */
const to = Number(process.argv[2]);
const agent = new http.Agent({ keepAlive: true });
const server = http.createServer((request, response) => {
  const { connection: _, ...headers } = request.headers;
  const asked = http.request({ agent, port: to, method: request.method, path: request.url, headers }, (answer) => {
    const { connection: _hop, "keep-alive": _time, ...shown } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, shown);
    answer.pipe(response);
  });
  asked.on("error", () => response.destroy());
  request.pipe(asked);
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(address.port);
});
