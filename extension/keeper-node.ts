import type { Log } from "#runner/core/host";
import { createVersions, parseVersion } from "#runner/node/agent-version";
import type { BatonDirs } from "#runner/node/dirs";
import type { Environment } from "#runner/node/environment";
import { findExecutable } from "#runner/node/find-executable";

const oldest = [20, 19] as const;

/**
 * What runs the keeper: the Node on PATH where it is new enough, so that the keeper outlives an update of the editor,
 * else the editor's own executable as Node.
 */
export async function keeperNode(dirs: BatonDirs, env: Environment, log: Log): Promise<string> {
  const file = findExecutable("node", env);
  if (!file) return process.execPath;
  const versions = createVersions(dirs, log);
  await versions.ask(file, ["--version"], env);
  return isNewEnough(parseVersion(versions.known(file) ?? "")) ? file : process.execPath;
}

function isNewEnough(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
