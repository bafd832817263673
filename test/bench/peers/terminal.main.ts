import { WebSocketServer } from "ws";
import { spawnPty } from "#test/support/node-pty";

/**
 * The least that a terminal in the browser can be: one process, `ws` and node-pty, no account, no log, no relay.
 * What it needs is the price of the machine; the rest is ours. Started with a command line; prints its port.
 */
const [commandLine = "cat"] = process.argv.slice(2);
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
server.on("listening", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(address.port);
});
server.on("connection", (socket) => {
  const pty = spawnPty(["/bin/sh", "-c", commandLine]);
  pty.onData((data) => socket.send(data));
  socket.on("message", (data: Buffer) => pty.write(data));
  socket.on("close", () => pty.kill("SIGKILL"));
});
