import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { nameFrom } from "#protocol/shown-text";
import { maxLookedAtProcesses, maxPortHolderBytes, portHolderTimeoutMs } from "#runner/node/caps";

/** The process that listens at a port. */
export interface PortHolder {
  readonly pid: number;
  /** The name of its program, cleaned; absent where the system does not say. */
  readonly name?: string;
}

/** One way a system: none of them needs more rights than the user has, so processes of others stay unknown. */
const ways: Partial<Record<NodeJS.Platform, (port: number) => Promise<PortHolder | undefined>>> = {
  linux: holderInProc,
  darwin: holderByLsof,
  freebsd: holderByLsof,
  win32: holderByNetstat,
};

/** Which process listens at a port of this machine; undefined where that cannot be known, or not soon. */
export const portHolder = async (port: number): Promise<PortHolder | undefined> =>
  ways[process.platform]?.(port).catch(() => undefined);

const holderOf = (pid: number, name = ""): PortHolder => {
  const shown = nameFrom(name, "");
  return { pid, ...(shown && { name: shown }) };
};

/** The inodes of listening sockets stand in `/proc/net/tcp`, and the sockets of a process in its `fd` (proc(5)). */
async function holderInProc(port: number): Promise<PortHolder | undefined> {
  const wanted = await listeningSockets(port);
  if (wanted.size === 0) return undefined;
  const endAt = Date.now() + portHolderTimeoutMs;
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  // Whoever began last is looked at first: a dev server seldom is the oldest process.
  for (const pid of pids.sort((a, b) => b - a).slice(0, maxLookedAtProcesses)) {
    if (Date.now() > endAt) return undefined;
    if (!(await holdsSocket(pid, wanted))) continue;
    return holderOf(pid, await readFile(`/proc/${pid}/comm`, "utf8").catch(() => ""));
  }
  return undefined;
}

const listening = "0A";

async function listeningSockets(port: number): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(
    ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => readFile(file, "utf8").catch(() => "")),
  );
  const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return new Set(
    tables.flatMap((table) =>
      table.split("\n").flatMap((line) => {
        const fields = line.trim().split(/\s+/);
        const [, local = "", , state, , , , , , inode] = fields;
        return local.endsWith(end) && state === listening && inode !== undefined ? [`socket:[${inode}]`] : [];
      }),
    ),
  );
}

async function holdsSocket(pid: number, wanted: ReadonlySet<string>): Promise<boolean> {
  // It ended between two looks, or belongs to somebody else.
  const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(handles.map((handle) => readlink(`/proc/${pid}/fd/${handle}`).catch(() => "")));
  return targets.some((target) => wanted.has(target));
}

/** `-F`: one field a line, `p` for the process and `c` for its command (lsof(8)). */
async function holderByLsof(port: number): Promise<PortHolder | undefined> {
  const text = await outputOf("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const [, pid] = /^p(\d+)$/m.exec(text) ?? [];
  return pid === undefined ? undefined : holderOf(Number(pid), /^c(.+)$/m.exec(text)?.[1]);
}

async function holderByNetstat(port: number): Promise<PortHolder | undefined> {
  const pid = pidInNetstat(await outputOf("netstat.exe", ["-ano", "-p", "TCP"]), port);
  if (pid === undefined) return undefined;
  const text = await outputOf("tasklist.exe", ["/fi", `PID eq ${pid}`, "/fo", "csv", "/nh"]).catch(() => "");
  return holderOf(pid, /^"([^"]+)"/m.exec(text)?.[1]);
}

/** A listening socket is one whose other side is port 0: the word for its state is in the system's language. */
export function pidInNetstat(text: string, port: number): number | undefined {
  const row = text
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/))
    .find(([kind, local, remote]) => kind === "TCP" && local?.endsWith(`:${port}`) && remote?.endsWith(":0"));
  const pid = Number(row?.at(-1));
  return pid > 0 ? pid : undefined;
}

function outputOf(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...args],
      { timeout: portHolderTimeoutMs, maxBuffer: maxPortHolderBytes, killSignal: "SIGKILL", windowsHide: true },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    );
  });
}
