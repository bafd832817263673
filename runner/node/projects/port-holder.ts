import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { nameFrom } from "#protocol/shown-text";
import { parseNetstat } from "#runner/keeper/listening-ports";
import { listeningSockets, socketsOf } from "#runner/keeper/proc-sockets";
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

async function holderInProc(port: number): Promise<PortHolder | undefined> {
  const wanted = new Set([...(await listeningSockets())].flatMap(([inode, at]) => (at === port ? [inode] : [])));
  if (wanted.size === 0) return undefined;
  const endAt = Date.now() + portHolderTimeoutMs;
  const pids = (await readdir("/proc")).map(Number).filter((pid) => pid > 0);
  // Whoever began last is looked at first: a dev server seldom is the oldest process.
  for (const pid of pids.sort((a, b) => b - a).slice(0, maxLookedAtProcesses)) {
    if (Date.now() > endAt) return undefined;
    if (!(await socketsOf(pid)).some((inode) => wanted.has(inode))) continue;
    return holderOf(pid, await readFile(`/proc/${pid}/comm`, "utf8").catch(() => ""));
  }
  return undefined;
}

/** `-F`: one field a line, `p` for the process and `c` for its command (lsof(8)). */
async function holderByLsof(port: number): Promise<PortHolder | undefined> {
  const text = await outputOf("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const [, pid] = /^p(\d+)$/m.exec(text) ?? [];
  return pid === undefined ? undefined : holderOf(Number(pid), /^c(.+)$/m.exec(text)?.[1]);
}

async function holderByNetstat(port: number): Promise<PortHolder | undefined> {
  const listening = parseNetstat(await outputOf("netstat.exe", ["-ano", "-p", "TCP"]));
  const pid = listening.find((one) => one.port === port)?.pid;
  if (pid === undefined) return undefined;
  const text = await outputOf("tasklist.exe", ["/fi", `PID eq ${pid}`, "/fo", "csv", "/nh"]).catch(() => "");
  return holderOf(pid, /^"([^"]+)"/m.exec(text)?.[1]);
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
