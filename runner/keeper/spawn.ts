import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { SpawnCommand } from "#protocol/keeper-link";
import { errorCode, writeWhole } from "#runner/keeper/files";
import { runFiles } from "#runner/keeper/paths";
import { startPosixTerminal } from "#runner/keeper/posix-terminal";
import type { TerminalCommand, TerminalEvents, TerminalProcess } from "#runner/keeper/terminal-process";
import { startWindowsTerminal } from "#runner/keeper/windows-terminal";

/** Set on every process of a run, so that those which left its session are found when it is to end. */
export const markerName = "BATON_RUN_MARKER";

const isWindows = process.platform === "win32";
const startTerminal = isWindows ? startWindowsTerminal : startPosixTerminal;

/**
 * Starts a command in a terminal. No shell reads anything of it: argv goes to the kernel as it is.
 * @param folder the run's own, for a prompt that is given on stdin
 * @throws BatonError `spawn_failed`
 */
export function spawnCommand(
  runId: RunId,
  command: SpawnCommand,
  folder: string,
  events: TerminalEvents,
): TerminalProcess {
  const cwd = checkFolder(command);
  const file = findExecutable(command);
  const args = command.argv.slice(1);
  const env = { ...command.env, TERM: command.env.TERM ?? "xterm-256color", PWD: cwd, [markerName]: runId };
  const plain: TerminalCommand = { file, args, cwd, env, size: command.size };
  const toStart = command.stdin === undefined ? plain : withStdin(plain, command.stdin, folder);
  try {
    return startTerminal(toStart, events);
  } catch (error) {
    throw failed(command, error instanceof Error ? error.message : String(error));
  }
}

/**
 * A terminal gives all three streams, so stdin has to be replaced on the way. On POSIX by the system's own `exec`: the
 * script is fixed, what varies comes as arguments, and `sh` itself is gone when the command starts, so that pid, signals
 * and exit code are the command's. A file stands in for the pipe: nobody has to feed it.
 */
function withStdin(command: TerminalCommand, text: string, folder: string): TerminalCommand {
  const { stdin } = runFiles(folder);
  writeWhole(stdin, text, false);
  if (isWindows) {
    const args = [process.argv[1] ?? "", "exec-with-stdin", stdin, command.file, ...command.args];
    return { ...command, file: process.execPath, args, env: { ...command.env, ELECTRON_RUN_AS_NODE: "1" } };
  }
  const script = 'exec <"$1"; shift; exec "$@"';
  return { ...command, file: "/bin/sh", args: ["-c", script, "sh", stdin, command.file, ...command.args] };
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
