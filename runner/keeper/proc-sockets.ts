import { readdir, readFile, readlink } from "node:fs/promises";

/** Addresses of `/proc/net/tcp` and `tcp6`, as the kernel prints them: words of 32 bits in the machine's own order. */
const reachable = new Set([
  "0100007F",
  "00000000",
  "00000000000000000000000001000000",
  "00000000000000000000000000000000",
  "0000000000000000FFFF00000100007F",
]);
const listening = "0A";

/** On Linux: the sockets that listen on loopback or on every address, each by its inode, with its port (proc(5)). */
export async function listeningSockets(): Promise<ReadonlyMap<string, number>> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((path) => readFile(path, "latin1").catch(() => "")),
  );
  return new Map(tables.flatMap((table) => table.split("\n").slice(1)).flatMap(listeningSocket));
}

function listeningSocket(line: string): [string, number][] {
  const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
  const [address = "", port = ""] = local.split(":");
  if (state !== listening || inode === undefined || !reachable.has(address)) return [];
  return [[inode, Number.parseInt(port, 16)]];
}

/** The inodes of a process's sockets; none of one that has ended between two looks, or belongs to somebody else. */
export async function socketsOf(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const files = await readdir(folder).catch(() => []);
  const targets = await Promise.all(files.map((file) => readlink(`${folder}/${file}`).catch(() => "")));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}
