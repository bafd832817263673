import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { RunId } from "#protocol/ids";
import { guardScript } from "#runner/keeper/guard-script";
import type { OwnLog } from "#runner/keeper/own-log";
import { taskkill } from "#runner/keeper/taskkill";

/** A process of its own that outlives a dead keeper for just as long as it takes to end what the keeper's runs left. */
export interface Guard {
  watch(runId: RunId, pid: number): void;
  forget(runId: RunId): void;
  /** The keeper ends in order; there is nothing to sweep. */
  dismiss(): void;
}

/** @param start starts the process; its stdin is the pipe it watches */
export function startGuard(log: OwnLog, start: () => ChildProcess = startGuardProcess): Guard {
  const watched = new Map<RunId, number>();
  let dismissed = false;
  let child = begin();

  function begin(): ChildProcess {
    const started = start();
    started.unref();
    started.on("error", (error) => log.error("the guard could not be started", { error: error.message }));
    started.stdin?.on("error", (error) => log.warn("the guard does not listen", { error: error.message }));
    started.on("exit", () => {
      if (dismissed) return;
      log.warn("the guard ended and is started again");
      child = begin();
      for (const [runId, pid] of watched) tell(`+ ${runId} ${pid}`);
    });
    return started;
  }
  const tell = (line: string) => void child.stdin?.write(`${line}\n`);

  return {
    watch(runId, pid) {
      watched.set(runId, pid);
      tell(`+ ${runId} ${pid}`);
    },
    forget(runId) {
      const pid = watched.get(runId);
      if (pid === undefined) return;
      watched.delete(runId);
      tell(`- ${runId} ${pid}`);
    },
    dismiss() {
      dismissed = true;
      child.stdin?.end(".\n");
    },
  };
}

function startGuardProcess(): ChildProcess {
  const options = { stdio: ["pipe", "ignore", "ignore"] as ["pipe", "ignore", "ignore"], detached: true, cwd: "/" };
  if (process.platform === "win32") {
    return spawn(process.execPath, [process.argv[1] ?? "", "guard"], {
      ...options,
      cwd: process.cwd(),
      windowsHide: true,
    });
  }
  return spawn("/bin/sh", ["-c", guardScript, "baton-guard"], {
    ...options,
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
  });
}

/** The guard on Windows: the same language on stdin, trees ended by `taskkill`. */
export async function guardMain(): Promise<void> {
  const pids = new Map<string, string>();
  for await (const line of createInterface({ input: process.stdin })) {
    const [op, run, pid] = line.split(" ");
    if (op === "." || run === undefined || pid === undefined) return;
    if (op === "+") pids.set(run, pid);
    else pids.delete(run);
  }
  await Promise.all([...pids.values()].map((pid) => taskkill(Number(pid), true)));
}
