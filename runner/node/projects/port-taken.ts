import { connect, createServer } from "node:net";
import { portAnswerMs } from "#runner/node/caps";
import { type PortHolder, portHolder } from "#runner/node/projects/port-holder";

const loopback = ["127.0.0.1", "::1"] as const;
const maxTries = 200;
const highestPort = 65_535;

/** What stands in the way of a server at a port of this machine. */
export interface TakenPort {
  readonly port: number;
  /** Which process listens there, where that can be known. */
  readonly holder?: PortHolder;
}

/** @returns undefined where the port is free */
export async function takenPort(port: number): Promise<TakenPort | undefined> {
  if (!(await isPortTaken(port))) return undefined;
  const holder = await portHolder(port);
  return { port, ...(holder && { holder }) };
}

/**
 * Whether somebody listens at a port of loopback, or nobody may. Somebody who listens at all addresses answers at
 * loopback as well; to try them all would open a port of this machine to its network, if only for a moment.
 */
export async function isPortTaken(port: number): Promise<boolean> {
  const looks = loopback.flatMap((host) => [answers(port, host), isRefused(port, host)]);
  return (await Promise.all(looks)).some(Boolean);
}

/** The first port from `first` on that is not taken. @throws Error where none of two hundred is */
export async function nextFreePort(first: number): Promise<number> {
  for (let port = first; port < first + maxTries && port <= highestPort; port++) {
    if (!(await isPortTaken(port))) return port;
  }
  throw new Error(`No port from ${first} on is free.`);
}

/** A wildcard listener takes nothing from who listens at one address on some systems, but it answers there on all. */
function answers(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const done = (isAnswered: boolean) => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.setTimeout(portAnswerMs, () => done(false));
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

/** A machine without IPv6 has no `::1`, which is in nobody's way. */
const harmless: ReadonlySet<string | undefined> = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"]);

function isRefused(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => resolve(!harmless.has(error.code)));
    server.listen({ port, host, exclusive: true, ipv6Only: true }, () => server.close(() => resolve(false)));
  });
}
