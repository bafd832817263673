import { spawnPty } from "#test/support/node-pty";
import { startProcess, type TestProcess } from "#test/support/processes";
import { benchProgram } from "./load/load.ts";

/** A peer in a process of its own that listens on a port. */
export interface PeerServer {
  readonly port: number;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** One of the programs in peers/, which print their port. */
export async function startPeer(
  name: "terminal" | "broadcast" | "web" | "proxy",
  ...args: string[]
): Promise<PeerServer> {
  const running = startProcess([process.execPath, benchProgram(`peers/${name}`), ...args]);
  return server(running, await running.line((line) => (/^\d+$/.test(line) ? Number(line) : undefined)));
}

const server = (running: TestProcess, port: number): PeerServer => ({
  port,
  pid: running.pid,
  stop: () => running.stop(),
});

/**
 * Bytes a second that node-pty alone gives to this process.
 * @param forMs how long to count, behind `warmupMs`
 */
export async function ptyThroughput(commandLine: string, forMs: number, warmupMs = 500): Promise<number> {
  const pty = spawnPty(["/bin/sh", "-c", commandLine]);
  let bytes = 0;
  let from = 0;
  const start = performance.now();
  try {
    return await new Promise<number>((resolve) => {
      pty.onData((data) => {
        const now = performance.now();
        if (from === 0) {
          if (now - start >= warmupMs) from = now;
          return;
        }
        bytes += data.length;
        if (now - from >= forMs) resolve(bytes / ((now - from) / 1_000));
      });
    });
  } finally {
    pty.kill("SIGKILL");
  }
}
