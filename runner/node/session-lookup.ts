import { execFile } from "node:child_process";
import { parseListedSession, type SessionLookup } from "#runner/core/profiles";
import { maxSessionListBytes, sessionLookupTimeoutMs } from "#runner/node/caps";
import type { Environment } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";

/** Asks a CLI for its own id of a session that we gave a title. @returns undefined where it has none */
export function lookUpSession(lookup: SessionLookup, cwd: string, env: Environment): Promise<string | undefined> {
  const [name, ...args] = lookup.argv;
  const file = findExecutable(name, env);
  // A bare name would be looked for in the run's folder, too, where an agent may have put something under it.
  if (file === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      {
        cwd,
        env: { ...env, ...lookup.env },
        timeout: sessionLookupTimeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: maxSessionListBytes,
        windowsHide: true,
      },
      (_error, stdout) => resolve(parseListedSession(lookup, stdout)),
    );
    child.stdin?.end();
  });
}
