import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Says in HTTP that there will be no WebSocket. Nobody listens to the socket any more, so it is not left half open. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  socket.once("finish", () => socket.destroy());
  const reason = STATUS_CODES[status] ?? "Refused";
  socket.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
