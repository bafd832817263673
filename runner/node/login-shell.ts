import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { userInfo } from "node:os";
import type { Log } from "#runner/core/host";
import { kill } from "#runner/keeper/kill";
import { loginShellTimeoutMs, maxLoginShellBytes } from "#runner/node/caps";
import { type Environment, ownEnvironment } from "#runner/node/environment";
import { withOwnPath } from "#runner/node/own-path";

/**
 * The environment of the user's login shell. An editor that was started from a dock, and a service, have a shorter
 * PATH than the user's terminals, and agents live on the longer one; what this process alone has on its PATH stays in
 * front of it. Asked once; on Windows there is nothing to ask.
 */
export function createLoginEnvironment(log: Log, env: Environment = ownEnvironment()): () => Promise<Environment> {
  let asked: Promise<Environment> | undefined;
  return () => {
    asked ??= process.platform === "win32" ? Promise.resolve(env) : askLoginShell(log, env);
    return asked;
  };
}

/** The user's own shell: of the environment, else of the user database. */
export function shellOf(env: Environment): string {
  if (env.SHELL) return env.SHELL;
  return userInfo().shell || "/bin/sh";
}

function askLoginShell(log: Log, env: Environment): Promise<Environment> {
  const shell = shellOf(env);
  // What start-up files print comes before the first mark, and what logout files print behind the second.
  const mark = randomBytes(12).toString("hex");
  const program = `JSON.stringify(process.env)`;
  const node = `'${process.execPath.replaceAll("'", "'\\''")}'`;
  const command = `printf %s ${mark}; env ELECTRON_RUN_AS_NODE=1 ${node} -p '${program}'; printf %s ${mark}`;
  return new Promise((resolve) => {
    let stdout = "";
    // A session of its own: an interactive shell would take the terminal that the runner sits in.
    const child = spawn(shell, ["-l", "-i", "-c", command], {
      env: { ...env, BATON_RESOLVING_ENVIRONMENT: "1", DISABLE_AUTO_UPDATE: "true" },
      detached: true,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const end = (reason: string) => {
      clearTimeout(timer);
      // Start-up files may have left something running in the background of the shell.
      if (child.pid !== undefined) kill(-child.pid, "SIGKILL");
      const found = parseMarked(stdout, mark);
      if (!found) log.warn({ shell, reason }, "the login shell did not answer; this process's own environment is used");
      resolve(found ? withOwnPath(found, env) : env);
    };
    const timer = setTimeout(() => end("it took too long"), loginShellTimeoutMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (stdout.length < maxLoginShellBytes) stdout += text;
      if (stdout.split(mark).length > 2) end("");
    });
    child.once("error", (error) => end(error.message));
    child.once("close", (code) => end(`it exited with ${code}`));
  });
}

/** @returns the environment between the marks, without what was set for the question */
function parseMarked(stdout: string, mark: string): Environment | undefined {
  const text = stdout.split(mark)[1];
  if (text === undefined) return undefined;
  try {
    const parsed = JSON.parse(text) as Record<string, string>;
    for (const name of [
      "BATON_RESOLVING_ENVIRONMENT",
      "DISABLE_AUTO_UPDATE",
      "ELECTRON_RUN_AS_NODE",
      "SHLVL",
      "_",
      "PWD",
      "OLDPWD",
    ]) {
      delete parsed[name];
    }
    return parsed;
  } catch {
    return undefined;
  }
}
