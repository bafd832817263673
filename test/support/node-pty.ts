import { createRequire } from "node:module";

/** node-pty alone: what a bench stands beside, and what a test knows the truth from. */
export interface Pty {
  readonly pid: number;
  onData(listener: (data: Buffer) => void): void;
  onExit(listener: (event: { exitCode: number; signal?: number }) => void): void;
  write(data: string | Buffer): void;
  pause(): void;
  resume(): void;
  kill(signal?: string): void;
}

const require = createRequire(import.meta.url);

/** Spawns a program in a terminal of its own; its output comes as bytes. */
export function spawnPty(argv: readonly [string, ...string[]], options: { cwd?: string; cols?: number } = {}): Pty {
  const { spawn } = require("node-pty") as {
    spawn: (file: string, args: string[], options: Record<string, unknown>) => Pty;
  };
  const [file, ...args] = argv;
  return spawn(file, args, {
    cols: options.cols ?? 100,
    rows: 30,
    cwd: options.cwd ?? process.cwd(),
    env: { PATH: process.env.PATH, TERM: "xterm-256color" },
    encoding: null,
  });
}
