// The first step of every npm script: a Node that is new enough, exactly the packages of the lock file, and a build
// that is not older than its sources. Uses only what Node ships, because nothing else may be there yet.
//   node scripts/setup.mjs [--build | --product]

import "./node-version.mjs";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { allTargets, productTargets, staleTargets } from "./build-state.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** The folder of the build, below the root. */
export const dist = process.env.BATON_DIST ?? "dist";

/**
 * Makes the clone ready.
 * @param {{ targets?: string[], say?: (line: string) => void }} options the targets of esbuild.mjs to have built
 */
export function setup({ targets = [], say = (line) => process.stderr.write(`${line}\n`) } = {}) {
  installPackages(say);
  build(targets, say);
}

function installPackages(say) {
  const stamp = join(root, "node_modules", ".baton-lock");
  const lock = readFileSync(join(root, "package-lock.json"));
  const wanted = `${createHash("sha256").update(lock).digest("hex")} ${process.platform}-${process.arch}\n`;
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  if (!isInstalled(JSON.parse(lock))) {
    say("Installing the packages of package-lock.json …");
    run("npm", ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  }
  writeFileSync(stamp, wanted);
}

/** Whether somebody ran npm already: npm notes in `node_modules` what it installed. */
function isInstalled(lock) {
  const noteFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(noteFile)) return false;
  const installed = JSON.parse(readFileSync(noteFile, "utf8")).packages;
  const { "": _project, ...wanted } = lock.packages;
  return (
    Object.keys(installed).every((path) => wanted[path]?.version === installed[path].version) &&
    Object.entries(wanted).every(([path, one]) => one.optional || (installed[path] && existsSync(join(root, path))))
  );
}

function build(targets, say) {
  if (targets.length === 0) return;
  const { stale, confirm } = staleTargets(root, dist, targets);
  if (stale.length === 0) return;
  say(`Building ${stale.join(", ")} …`);
  run(process.execPath, ["esbuild.mjs", "--only", stale.join(",")]);
  confirm();
}

function run(command, args) {
  const shell = process.platform === "win32" && command === "npm";
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell });
  if (error) fail(`${command} could not be started: ${error.message}`);
  if (status !== 0) fail(`“${command} ${args.join(" ")}” failed; what it says stands above.`);
}

function fail(line) {
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const targets = process.argv.includes("--build")
    ? allTargets
    : process.argv.includes("--product")
      ? productTargets
      : [];
  setup({ targets });
}
