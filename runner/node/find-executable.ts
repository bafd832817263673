import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import { type Environment, variable } from "#runner/node/environment";

/**
 * The absolute path of a program, looked up on the PATH of the given environment (and with PATHEXT on Windows).
 * @param name a bare name, or an absolute path
 */
export function findExecutable(name: string, env: Environment, platform = process.platform): string | undefined {
  const suffixes = platform === "win32" ? windowsSuffixes(name, env) : [""];
  if (isAbsolute(name)) return suffixes.map((suffix) => name + suffix).find((file) => isExecutable(file, platform));
  if (/[/\\]/.test(name)) return undefined;
  for (const folder of (variable(env, "PATH", platform) ?? "").split(delimiter)) {
    // A relative entry would find programs in whatever folder an agent writes to.
    if (!isAbsolute(folder)) continue;
    const found = suffixes.map((suffix) => join(folder, name + suffix)).find((file) => isExecutable(file, platform));
    if (found) return found;
  }
  return undefined;
}

function windowsSuffixes(name: string, env: Environment): string[] {
  const extensions = (variable(env, "PATHEXT", "win32") ?? ".COM;.EXE;.BAT;.CMD")
    .split(";")
    .filter((text) => text !== "");
  const hasOne = extensions.some((extension) => name.toLowerCase().endsWith(extension.toLowerCase()));
  return hasOne ? [""] : extensions;
}

function isExecutable(file: string, platform: NodeJS.Platform): boolean {
  try {
    if (!statSync(file).isFile()) return false;
    if (platform !== "win32") accessSync(file, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: the next folder may have it.
    return false;
  }
}
