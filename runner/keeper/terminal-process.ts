import type { TerminalSize } from "#protocol/documents";

/** A process that runs in a pseudo-terminal of its own, in a session and process group of its own. */
export interface TerminalProcess {
  /** The leader of its session. */
  readonly pid: number;
  /**
   * Types. The bytes wait here while the program does not read.
   * @returns false when so much waits already that these bytes were not taken
   */
  write(bytes: Uint8Array): boolean;
  resize(size: TerminalSize): void;
  /** Stops reading; the program is held up as soon as the terminal's own buffer is full. */
  pause(): void;
  resume(): void;
}

export interface TerminalEvents {
  /** What the program wrote. The memory is used again after the call. */
  data(bytes: Uint8Array): void;
  /** The process has ended, and everything that it wrote was given out. Once. */
  ended(exit: ProcessExit): void;
}

export interface ProcessExit {
  /** As a shell has it: 128 and the signal's number where a signal ended it. */
  readonly exitCode: number;
  /** The number of the signal that ended it. */
  readonly signal: number | undefined;
}

export interface TerminalCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly size: TerminalSize;
  /** Stands in for the terminal as stdin. */
  readonly stdinFile: string | undefined;
}

export type StartTerminal = (command: TerminalCommand, events: TerminalEvents) => TerminalProcess;
