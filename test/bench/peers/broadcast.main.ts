import { WebSocketServer } from "ws";
import { stampDigits, stampedFrameBytes, stampMark } from "../programs.ts";

/** A bare `ws` server that sends a stamped frame of 1 KiB to everybody, `perSecond` times. Prints its port. */
const perSecond = Number(process.argv[2] ?? 20);
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
server.on("listening", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(address.port);
});
const padding = ".".repeat(stampedFrameBytes - stampMark.length - stampDigits);
setInterval(() => {
  const now = String(process.hrtime.bigint() / 1_000n).padStart(stampDigits, "0");
  const frame = Buffer.from(`${stampMark}${now}${padding}`, "latin1");
  for (const socket of server.clients) socket.send(frame);
}, 1_000 / perSecond);
