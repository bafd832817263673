import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { portLookMs } from "#runner/keeper/caps";
import { listeningSockets, socketsOf } from "#runner/keeper/proc-sockets";

/** A TCP port that a process of this machine listens on, where a browser of this machine reaches it. */
export interface ListeningPort {
  readonly port: number;
  readonly pid: number;
}

/**
 * The ports that these processes listen on, on loopback or on every address: from `/proc` on Linux, by `lsof` on
 * macOS, by `netstat` on Windows.
 * @returns each port once, by the first of the processes; none where the system does not tell
 */
export async function listeningPorts(pids: ReadonlySet<number>): Promise<ListeningPort[]> {
  if (pids.size === 0) return [];
  if (process.platform === "linux") return once(await fromProc(pids));
  const [file, ...args] =
    process.platform === "win32"
      ? ["netstat.exe", "-ano", "-p", "TCP"]
      : ["lsof", "-nP", "-iTCP", "-sTCP:LISTEN", "-a", "-p", [...pids].join(","), "-Fpn"];
  const { stdout } = await promisify(execFile)(file, args, { timeout: portLookMs, maxBuffer: 4 * 1024 * 1024 }).catch(
    // lsof ends with 1 where it finds nothing, and a program that is missing finds nothing either.
    (error: { readonly stdout?: string }) => ({ stdout: error.stdout ?? "" }),
  );
  const found = process.platform === "win32" ? parseNetstat(stdout) : parseLsof(stdout);
  return once(found.filter(({ pid }) => pids.has(pid)));
}

/** `lsof -F pn`: a line `p` with the process, and a line `n` with the address for each of its sockets. */
export function parseLsof(text: string): ListeningPort[] {
  let pid = 0;
  return text.split("\n").flatMap((line) => {
    if (line.startsWith("p")) pid = Number(line.slice(1));
    const address = /^n(.*):(\d+)$/.exec(line);
    return address && isReachable(address[1] ?? "") ? [{ port: Number(address[2]), pid }] : [];
  });
}

/** `netstat -ano`: protocol, local address, foreign address, state, process. The state's word is the system's own. */
export function parseNetstat(text: string): ListeningPort[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const row = /^\s*TCP\s+(\S+):(\d+)\s+\S+:0\s+\S+\s+(\d+)\s*$/i.exec(line);
    return row && isReachable(row[1] ?? "") ? [{ port: Number(row[2]), pid: Number(row[3]) }] : [];
  });
}

const reachable = new Set(["127.0.0.1", "0.0.0.0", "*", "[::1]", "[::]", "[::ffff:127.0.0.1]"]);
const isReachable = (address: string): boolean => reachable.has(address);

async function fromProc(pids: ReadonlySet<number>): Promise<ListeningPort[]> {
  const portsByInode = await listeningSockets();
  if (portsByInode.size === 0) return [];
  const found = await Promise.all(
    [...pids].map(async (pid) =>
      (await socketsOf(pid)).flatMap((inode) => {
        const port = portsByInode.get(inode);
        return port === undefined ? [] : [{ port, pid }];
      }),
    ),
  );
  return found.flat();
}

const once = (ports: readonly ListeningPort[]): ListeningPort[] => [
  ...new Map([...ports].reverse().map((one) => [one.port, one])).values(),
];
