import { basename } from "node:path";
import { type Environment, variable } from "#runner/node/environment";
import { shellOf } from "#runner/node/login-shell";

/** Shells that read what is written for the Bourne shell, and fish. */
const knownShells = new Set(["sh", "bash", "dash", "zsh", "ksh", "fish"]);

/**
 * The user's shell and its options; the command line comes behind them. Where the shell has a language or options of
 * its own, as tcsh and nu have, it is `/bin/sh`.
 * @param staysOpen a login shell goes on in the same place when the line is over, also by Ctrl-C
 */
export function shellCommand(env: Environment, staysOpen: boolean, platform = process.platform): readonly string[] {
  if (platform === "win32") {
    return [variable(env, "COMSPEC", platform) ?? "cmd.exe", "/d", "/s", staysOpen ? "/k" : "/c"];
  }
  const own = shellOf(env);
  const shell = knownShells.has(basename(own)) ? own : "/bin/sh";
  if (!staysOpen) return [shell, "-c"];
  const isFish = basename(shell) === "fish";
  return isFish ? [shell, "-c", fishSession, shell] : [shell, "-c", session, shell];
}

/** A trap, unlike an ignored signal, is not handed on to what the line starts. The shell's own path is `$0`. */
const session = `trap : INT QUIT
eval "$1"
trap - INT QUIT
exec "$0" -l -i`;
const fishSession = `trap : INT QUIT
eval $argv[2]
exec $argv[1] -l -i`;
