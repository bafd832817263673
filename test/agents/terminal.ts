import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { spawn } from "node-pty";
import type { ProfileCommand } from "#runner/core/profiles";
import { Terminal } from "#test/support/headless";

/** The terminal that all agents of the tests get. */
const cols = 100;
const rows = 30;

/** A person at a terminal, for tests of commands that nothing of Baton runs. */
export interface TestTerminal {
  readonly pid: number;
  /** Everything that was printed, escape sequences and all. */
  output(): string;
  /** The screen as a person sees it. */
  screen(): string;
  /** Waits until the screen shows this. @throws Error with the screen, after `timeoutMs` */
  shows(what: RegExp, timeoutMs?: number): Promise<void>;
  /** Key by key, as a person types: some TUIs take a burst for a paste. */
  type(text: string): Promise<void>;
  press(keys: string): void;
  /** To the process group, as the keeper sends them. */
  signal(signal: NodeJS.Signals): void;
  readonly exited: Promise<{ exitCode: number; signal: number }>;
}

export interface TerminalPlace {
  readonly cwd: string;
  /** The whole environment but what the command itself sets. */
  readonly env: Readonly<Record<string, string>>;
  /** A private folder for stdin and the files of the command; `filesFolder` of the command. */
  readonly filesFolder: string;
}

/** Starts a command as a keeper does: its own session, output on the terminal, stdin from a file where it has one. */
export function openTerminal(command: ProfileCommand, place: TerminalPlace): TestTerminal {
  mkdirSync(place.filesFolder, { recursive: true });
  for (const [name, content] of Object.entries(command.files)) writeFileSync(join(place.filesFolder, name), content);
  let argv: readonly string[] = command.argv;
  if (command.stdin !== undefined) {
    const stdinFile = join(place.filesFolder, "stdin");
    writeFileSync(stdinFile, command.stdin);
    argv = ["/bin/sh", "-c", 'exec <"$0" && rm -f "$0" && exec "$@"', stdinFile, ...argv];
  }
  const [file = "", ...args] = argv;
  const env = { ...place.env, ...command.env, TERM: "xterm-256color" };
  const pty = spawn(file, args, { cols, rows, cwd: place.cwd, env, name: "xterm-256color" });
  const terminal = new Terminal({ cols, rows, allowProposedApi: true });
  let output = "";
  pty.onData((data) => {
    output += data;
    terminal.write(data);
  });
  // The TUIs ask the terminal what it can do, and wait for the answer.
  terminal.onData((answer) => pty.write(answer));
  const screen = (): string => {
    const buffer = terminal.buffer.active;
    const lines = Array.from({ length: rows }, (_, row) =>
      buffer.getLine(buffer.viewportY + row)?.translateToString(true),
    );
    return lines.join("\n").trimEnd();
  };
  return {
    pid: pty.pid,
    output: () => output,
    screen,
    async shows(what, timeoutMs = 15_000) {
      const until = performance.now() + timeoutMs;
      while (!what.test(screen())) {
        if (performance.now() > until) throw new Error(`the screen does not show ${what}:\n${screen()}`);
        await delay(20);
      }
    },
    async type(text) {
      for (const key of text) {
        pty.write(key);
        await delay(10);
      }
    },
    press: (keys) => pty.write(keys),
    signal: (signal) => process.kill(-pty.pid, signal),
    exited: new Promise((resolve) => pty.onExit(({ exitCode, signal = 0 }) => resolve({ exitCode, signal }))),
  };
}
