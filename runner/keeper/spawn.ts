import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { SpawnCommand } from "#protocol/keeper-link";
import { errorCode, writeWhole } from "#runner/keeper/files";
import { runFiles } from "#runner/keeper/paths";
import { startPosixTerminal } from "#runner/keeper/posix-terminal";
import { stepFileVariable } from "#runner/keeper/step-file";
import type { TerminalCommand, TerminalEvents, TerminalProcess } from "#runner/keeper/terminal-process";
import { startWindowsTerminal } from "#runner/keeper/windows-terminal";

/** What every viewer's terminal can do. */
const terminalEnvironment = { TERM: "xterm-256color", COLORTERM: "truecolor" };

/** Set on every process of a run, so that those which left its session are found when it is to end. */
export const markerName = "BATON_RUN_MARKER";

const isWindows = process.platform === "win32";
const startTerminal = isWindows ? startWindowsTerminal : startPosixTerminal;

/** A command that was looked at and can be started. */
export interface PreparedCommand {
  readonly name: string;
  readonly terminal: TerminalCommand;
  readonly stdin: string | undefined;
}

/**
 * Finds a command's executable and folder, so that what cannot be started is refused before anything is written.
 * @param folder the run's own, for a prompt that is given on stdin
 * @throws BatonError `spawn_failed`
 */
export function prepareCommand(runId: RunId, command: SpawnCommand, folder: string): PreparedCommand {
  const cwd = checkFolder(command);
  const stepFile = command.tellsSteps ? { [stepFileVariable]: runFiles(folder).steps } : {};
  return {
    name: command.argv[0] ?? "",
    stdin: command.stdin,
    terminal: {
      file: findExecutable(command),
      args: command.argv.slice(1),
      cwd,
      env: { ...terminalEnvironment, ...command.env, PWD: cwd, [markerName]: runId, ...stepFile },
      size: command.size,
      stdinFile: command.stdin === undefined ? undefined : runFiles(folder).stdin,
    },
  };
}

/**
 * Starts a command in a terminal. No shell reads anything of it: argv goes to the kernel as it is.
 * @throws BatonError `spawn_failed`
 */
export function spawnPrepared({ name, stdin, terminal }: PreparedCommand, events: TerminalEvents): TerminalProcess {
  try {
    // A file stands in for the pipe: nobody has to feed it, and it is at its end when it was read.
    if (terminal.stdinFile !== undefined) writeWhole(terminal.stdinFile, stdin ?? "", false);
    return startTerminal(terminal, events);
  } catch (error) {
    throw new BatonError("spawn_failed", {
      command: name,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

function checkFolder(command: SpawnCommand): string {
  try {
    const real = realpathSync(command.cwd);
    if (!statSync(real).isDirectory()) throw failed(command, `${command.cwd} is no folder`);
    // Whoever allowed the folder looked at its real path; a link put there since would lead elsewhere.
    if (real !== command.cwd && !isWindows) throw failed(command, `${command.cwd} is not a real path`);
    return real;
  } catch (error) {
    if (error instanceof BatonError) throw error;
    throw failed(command, `${command.cwd}: ${errorCode(error) ?? String(error)}`);
  }
}

/** The absolute path of the executable, so that a missing one is an error here and not a line in a terminal. */
function findExecutable(command: SpawnCommand): string {
  const [name] = command.argv;
  if (!name) throw failed(command, "it is empty");
  if (isWindows) return name;
  const candidates = name.includes("/")
    ? [isAbsolute(name) ? name : join(command.cwd, name)]
    : (command.env.PATH ?? "").split(delimiter).map((folder) => join(folder || command.cwd, name));
  const found = candidates.find(isExecutable);
  if (!found) throw failed(command, name.includes("/") ? "it is not an executable file" : "it is not on PATH");
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const failed = (command: SpawnCommand, reason: string) =>
  new BatonError("spawn_failed", { command: command.argv[0] ?? "", reason });
