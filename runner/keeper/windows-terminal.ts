import { createRequire } from "node:module";
import { join } from "node:path";
import { maxPendingInputBytes } from "#runner/keeper/caps";
import type { StartTerminal, TerminalCommand } from "#runner/keeper/terminal-process";

/** What is used of node-pty's own terminal class, which on Windows speaks to ConPTY. */
interface WindowsPty {
  readonly pid: number;
  onData(listener: (data: string) => void): void;
  onExit(listener: (exit: { exitCode: number; signal?: number }) => void): void;
  write(data: string): void;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
}
type SpawnPty = (file: string, args: readonly string[] | string, options: object) => WindowsPty;

/**
 * The arguments as a program gets them. `cmd.exe /s /c`, or `/k`, is alone in taking what stands between the first quote and the
 * last as it is, so that a command line with quotes of its own must not be quoted once more.
 */
export function windowsArguments(file: string, args: readonly string[]): readonly string[] | string {
  const isCommandLine = /(^|\\)cmd(\.exe)?$/i.test(file) && /^\/[ck]$/i.test(args.at(-2) ?? "");
  return isCommandLine ? [...args.slice(0, -1), `"${args.at(-1)}"`].join(" ") : args;
}

/** This program again, which starts the command with a file as stdin in the console that it is given itself. */
const throughHelper = (command: TerminalCommand, stdinFile: string) => ({
  file: process.execPath,
  args: [process.argv[1] ?? "", "exec-with-stdin", stdinFile, command.file, ...command.args],
  env: { ...command.env, ELECTRON_RUN_AS_NODE: "1" },
});

/** A process in a ConPTY. It gives and takes text, so that sequences of bytes that are no UTF-8 do not survive. */
export const startWindowsTerminal: StartTerminal = (command, events) => {
  const { spawn } = createRequire(import.meta.filename)(join(import.meta.dirname, "node-pty")) as { spawn: SpawnPty };
  const { file, args, env } = command.stdinFile === undefined ? command : throughHelper(command, command.stdinFile);
  const terminal = spawn(file, windowsArguments(file, args), {
    cols: command.size.cols,
    rows: command.size.rows,
    cwd: command.cwd,
    env,
  });
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  terminal.onData((text) => events.data(encoder.encode(text)));
  terminal.onExit(({ exitCode, signal }) => events.ended({ exitCode, signal: signal === 0 ? undefined : signal }));
  return {
    pid: terminal.pid,
    write(bytes) {
      if (bytes.length > maxPendingInputBytes) return false;
      terminal.write(decoder.decode(bytes, { stream: true }));
      return true;
    },
    resize: ({ cols, rows }) => terminal.resize(cols, rows),
    pause: () => terminal.pause(),
    resume: () => terminal.resume(),
  };
};
