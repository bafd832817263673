// The VS Code of this machine: its command line, and the program behind it.

import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

const isWindows = process.platform === "win32";
const names = isWindows ? ["code.cmd", "code-insiders.cmd", "codium.cmd"] : ["code", "code-insiders", "codium"];
const usualPlaces = {
  darwin: ["/Applications", join(homedir(), "Applications")].flatMap((folder) => [
    join(folder, "Visual Studio Code.app/Contents/Resources/app/bin/code"),
    join(folder, "Visual Studio Code - Insiders.app/Contents/Resources/app/bin/code"),
    join(folder, "VSCodium.app/Contents/Resources/app/bin/codium"),
  ]),
  win32: [process.env.LOCALAPPDATA && join(process.env.LOCALAPPDATA, "Programs"), process.env.PROGRAMFILES]
    .filter(Boolean)
    .map((folder) => join(folder, "Microsoft VS Code/bin/code.cmd")),
  linux: ["/usr/share/code/bin/code", "/usr/share/codium/bin/codium"],
};

/**
 * `BATON_CODE` outranks the search; where it is empty none is looked for.
 * @returns {{ cli: string, program: string } | undefined} undefined where there is none with a program of its own
 */
export function findEditor(environment = process.env) {
  const own = environment.BATON_CODE;
  const onPath = (environment.PATH ?? "").split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const candidates = own === undefined ? [...onPath, ...(usualPlaces[process.platform] ?? [])] : [own];
  for (const cli of candidates.filter((path) => path !== "" && isExecutable(path))) {
    const program = programOf(realpathSync(cli));
    if (program) return { cli, program };
  }
  return undefined;
}

/** The command line leaves at once, so what is to be ended later is started by itself. */
function programOf(cli) {
  const bin = dirname(cli);
  const places = {
    darwin: ["Electron", "Code", "Code - Insiders", "VSCodium"].map((name) => join(bin, "../../../MacOS", name)),
    win32: ["Code.exe", "Code - Insiders.exe", "VSCodium.exe"].map((name) => join(bin, "..", name)),
  };
  const onLinux = ["code", "code-insiders", "codium"].map((name) => join(bin, "..", name));
  return (places[process.platform] ?? onLinux).find((path) => existsSync(path) && isExecutable(path));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
