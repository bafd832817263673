// The suite of test/vscode/host in the desktop editor, against the packaged extension: in the newest VS Code, and in the
// oldest that the manifest allows.
//   npm run test:desktop [-- VERSION …]     BATON_VSCODE=/path/to/code takes an editor that is installed

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dist, root, setup } from "./setup.mjs";

setup({ targets: ["host"] });
const { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath, runTests } = await import(
  "@vscode/test-electron"
);

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const asked = process.argv.slice(2);
const versions = asked.length > 0 ? asked : ["stable", manifest.engines.vscode.replace("^", "")];
const installed = process.env.BATON_VSCODE;
/** A download that is cut is tried again by the library; a machine without internet is told so soon. */
const downloadTimeoutMs = 20_000;

const editors = installed ? [["the installed editor", installed]] : await download();
if (process.platform === "linux" && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
  stop("The desktop editor needs a display, and there is none: run it as “xvfb-run -a npm run test:desktop”.");
}
const vsix = join(root, dist, "desktop.vsix");
run(process.execPath, [join(root, "scripts/package.mjs"), "--out", vsix]);
for (const [name, executable] of editors) await test(name, executable);

async function download() {
  const found = [];
  for (const version of versions) {
    try {
      const options = { version, cachePath: join(root, ".vscode-test"), timeout: downloadTimeoutMs };
      found.push([`VS Code ${version}`, await downloadAndUnzipVSCode(options)]);
    } catch (error) {
      const reason = error instanceof Error ? error.message.split("\n", 1)[0] : error;
      stop(`VS Code ${version} could not be downloaded (${reason}); “npm test -- vscode” needs no download of it.`);
    }
  }
  return found;
}

/** Installs the package into folders of its own and runs the suite there. */
async function test(name, executable) {
  const folder = mkdtempSync(join(tmpdir(), "baton-desktop-"));
  const at = (...parts) => join(folder, ...parts);
  try {
    for (const part of ["workspace", "stub"]) mkdirSync(at(part));
    const stub = { name: "stub", publisher: "baton", version: "0.0.1", engines: manifest.engines };
    writeFileSync(at("stub", "package.json"), JSON.stringify(stub));
    const own = [`--user-data-dir=${at("data")}`, `--extensions-dir=${at("extensions")}`];
    const [cli, ...args] = resolveCliArgsFromVSCodeExecutablePath(executable, { reuseMachineInstall: true });
    run(cli, [...args, ...own, "--install-extension", vsix]);
    await runTests({
      vscodeExecutablePath: executable,
      reuseMachineInstall: true,
      extensionDevelopmentPath: at("stub"),
      extensionTestsPath: join(root, dist, "host", "index.cjs"),
      extensionTestsEnv: { BATON_HOST_REPORT: at("report.json"), BATON_HOME: at("home") },
      launchArgs: [at("workspace"), ...own, "--disable-workspace-trust"],
    }).catch((error) => console.error(String(error)));
    tell(name, at("report.json"));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Says what passed; the editor's own output has hidden mocha's. */
function tell(name, report) {
  if (!existsSync(report)) return stop(`${name}: the suite did not run to its end.`);
  const results = JSON.parse(readFileSync(report, "utf8"));
  const failed = results.filter(({ error }) => error);
  for (const { title, error } of failed) console.error(`${title}\n${error}\n`);
  console.log(`${name}: ${results.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0 || results.length === 0) process.exitCode = 1;
}

function run(command, args) {
  const shell = process.platform === "win32";
  const { status } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2], shell });
  if (status !== 0) stop(`“${command} ${args.join(" ")}” failed; what it says stands above.`);
}

function stop(line) {
  console.error(line);
  process.exit(1);
}
