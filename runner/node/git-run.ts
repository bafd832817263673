import { execFile } from "node:child_process";
import { maxGitOutputBytes } from "#runner/node/caps";

/**
 * Of the repository's own configuration what would start programs is left out; nothing is locked or written, and a
 * folder of the working tree that looks like a repository is none.
 */
const safe = [
  "--no-optional-locks",
  ...["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.bareRepository=explicit"],
];

/** Objects that are not there are not fetched: where from, and by which program, the repository would say. */
const offline = { GIT_NO_LAZY_FETCH: "1", GIT_ALLOW_PROTOCOL: "none" };

/**
 * Runs Git in a folder, with fixed arguments, and without a question to anybody.
 * @param exitCodes that are an answer, beside 0
 * @throws Error where it fails, prints more than `maxGitOutputBytes` or is given up
 */
export function runGit(
  git: string,
  folder: string,
  args: readonly string[],
  signal: AbortSignal,
  exitCodes: readonly number[] = [],
): Promise<string> {
  const env = { ...process.env, ...offline, GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
  // Somebody else's repository is not meant, whoever started this process.
  for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]) Reflect.deleteProperty(env, name);
  const options = { cwd: folder, env, signal, maxBuffer: maxGitOutputBytes, windowsHide: true };
  return new Promise((resolve, reject) => {
    execFile(git, [...safe, ...args], options, (error, stdout) => {
      if (!error || (typeof error.code === "number" && exitCodes.includes(error.code))) resolve(stdout);
      else reject(error);
    });
  });
}
