import { createConnection, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** What a line carries each way, for all connections together. */
export interface LinkSpeed {
  readonly bytesPerSecond: number;
  /** From one end to the other. */
  readonly oneWayMs: number;
}

export interface SlowLink extends AsyncDisposable {
  readonly port: number;
}

/** As a packet of a real line is: nothing overtakes it, and nothing waits for more than it. */
const packetBytes = 1_500;
/** What a direction takes before it stops reading: nothing is dropped, so what waits here is what the ends put there. */
const maxQueuedBytes = 2 * 1024 * 1024;

/** A slow line, as a TCP proxy on 127.0.0.1: one queue in each direction, in which all connections wait in turn. */
export async function slowLink(targetPort: number, speed: LinkSpeed): Promise<SlowLink> {
  const ended = new AbortController();
  const [up, down] = [direction(speed, ended.signal), direction(speed, ended.signal)];
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ port: targetPort, host: "127.0.0.1", noDelay: true });
    for (const [from, to, carry] of [
      [near, far, up],
      [far, near, down],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes: Buffer) => carry(from, to, bytes));
      from.on("error", () => from.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the line has no port");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      ended.abort();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Packet {
  readonly to: Socket;
  readonly bytes: Buffer;
  readonly dueMs: number;
}

function direction({ bytesPerSecond, oneWayMs }: LinkSpeed, signal: AbortSignal) {
  const packets: Packet[] = [];
  const held = new Set<Socket>();
  let queuedBytes = 0;
  /** When the line has sent everything that it was given. */
  let freeAtMs = 0;
  let isRunning = false;
  const run = async () => {
    isRunning = true;
    for (let packet = packets[0]; packet && !signal.aborted; packet = packets[0]) {
      const wait = packet.dueMs - performance.now();
      if (wait > 0) await delay(wait);
      packets.shift();
      queuedBytes -= packet.bytes.length;
      if (!packet.to.destroyed) packet.to.write(packet.bytes);
      if (queuedBytes > maxQueuedBytes) continue;
      for (const socket of held) socket.resume();
      held.clear();
    }
    isRunning = false;
  };
  return (from: Socket, to: Socket, bytes: Buffer): void => {
    for (let at = 0; at < bytes.length; at += packetBytes) {
      const packet = bytes.subarray(at, at + packetBytes);
      freeAtMs = Math.max(freeAtMs, performance.now()) + (packet.length / bytesPerSecond) * 1_000;
      packets.push({ to, bytes: packet, dueMs: freeAtMs + oneWayMs });
      queuedBytes += packet.length;
    }
    if (queuedBytes > maxQueuedBytes) {
      held.add(from);
      from.pause();
    }
    if (!isRunning) void run();
  };
}
