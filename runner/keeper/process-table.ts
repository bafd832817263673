import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

/** One process as it was seen. `startedAt` tells it from a later one with the same pid. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** The leader of its session where that is known: it stays when the parent has ended. */
  readonly session: number | undefined;
  readonly startedAt: string;
}

/** All processes of this machine that can be seen. Windows kills by tree and needs no table. */
export async function readProcessTable(): Promise<SeenProcess[]> {
  if (process.platform === "linux") return readProcFolder();
  return process.platform === "win32" ? [] : readPs();
}

/** The processes below one, at any depth, and those of its session. */
export function belowProcess(table: readonly SeenProcess[], root: number): SeenProcess[] {
  const found = new Map<number, SeenProcess>();
  let grown = true;
  while (grown) {
    grown = false;
    for (const one of table) {
      if (found.has(one.pid) || one.pid === root) continue;
      if (one.parent !== root && one.session !== root && !found.has(one.parent)) continue;
      found.set(one.pid, one);
      grown = true;
    }
  }
  return [...found.values()];
}

/**
 * The processes whose environment holds `name=value` (Linux). It is what they were started with, so a process that
 * went into a session of its own still has it.
 */
export async function markedProcesses(name: string, value: string): Promise<number[]> {
  if (process.platform !== "linux") return [];
  const wanted = Buffer.from(`${name}=${value}\0`);
  const found: number[] = [];
  for (const pid of await procPids()) {
    const environ = await readOrNothing(`/proc/${pid}/environ`);
    if (pid !== process.pid && environ?.includes(wanted)) found.push(pid);
  }
  return found;
}

async function readProcFolder(): Promise<SeenProcess[]> {
  const table: SeenProcess[] = [];
  for (const pid of await procPids()) {
    const stat = (await readOrNothing(`/proc/${pid}/stat`))?.toString("latin1");
    if (!stat) continue;
    // The name in parentheses may hold anything; the fields count from its end (proc_pid_stat(5)).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, parent, group, session] = fields;
    if (state === "Z") continue;
    table.push({
      pid,
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      startedAt: fields[19] ?? "",
    });
  }
  return table;
}

const procPids = async () => (await readdir("/proc")).map(Number).filter((pid) => pid > 0);

async function readOrNothing(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    // It ended between two looks, or belongs to somebody else.
    return undefined;
  }
}

async function readPs(): Promise<SeenProcess[]> {
  const { stdout } = await promisify(execFile)("/bin/ps", ["-axo", "pid=,ppid=,pgid=,lstart="], {
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    if (!match) return [];
    const [pid, parent, group] = match.slice(1).map(Number);
    if (pid === undefined || parent === undefined || group === undefined) return [];
    return [{ pid, parent, group, session: undefined, startedAt: match[4] ?? "" }];
  });
}
