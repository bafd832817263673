// A VS Code with the extension installed and connected to a relay of this machine.
//   npm run editor [-- --workspace DIR] [--browser] [--no-open]

import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import * as util from "node:util";
import { productTargets } from "./build-state.mjs";
import { endKeepers, openDesktop, openInBrowser } from "./editor-processes.mjs";
import { findEditor } from "./find-editor.mjs";
import { firstFreePort } from "./free-port.mjs";
import { makePlayground } from "./playground.mjs";
import { dist, root, setup } from "./setup.mjs";
import { startRelay } from "./start-processes.mjs";

const firstPort = 4000;
const help = `Opens VS Code with Baton installed, connected to a relay on this machine.

  npm run editor [-- OPTIONS]

  --workspace DIR   the folder to open (BATON_WORKSPACE); default: ./playground, made for trying
  --browser         the editor of the tests in a browser, also where VS Code was found (BATON_CODE can name it)
  --no-open         starts no browser
  --help            this text

The editor has a profile of its own in ${dist}/editor; your own VS Code is not touched.
`;

const options = readOptions();
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}
const say = (text = "") => process.stdout.write(`${text}\n`);
setup({ targets: productTargets });
const folder = join(root, dist, "editor");
mkdirSync(folder, { recursive: true });
const vsix = join(folder, "baton.vsix");
pack();

let relay;
let editor;
let stopping;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => void stop(0));
relay = await needRelay();
const isPlayground = options.workspace === undefined;
const workspace = isPlayground ? makePlayground(join(root, "playground")) : resolve(options.workspace);
const home = join(folder, "home");
const what = {
  folder,
  vsix,
  workspace,
  env: { ...process.env, BATON_HOME: home, BATON_RELAY_DATA: relay.data },
};
const desktop = options.browser ? undefined : findEditor();
editor = await (desktop ? openDesktop(desktop, what) : openInBrowser(what)).catch(giveUp);
void editor.ended.then(() => stop(0));

say();
if (editor.url) {
  say(`  Editor       ${editor.url}`);
  say(`  Password     ${editor.password}`);
} else say(`  Editor       ${desktop.program}`);
say(relay.link ? `  Sign in      ${relay.link}   (works once)` : `  Dashboard    ${relay.url}`);
say(`  Folder       ${workspace}${isPlayground ? "   (a git repository made for trying)" : ""}`);
say("  Stop         Ctrl-C; what still runs is cancelled");
say();
if (editor.url && options.open) openBrowser(editor.url);

function pack() {
  say("Packaging the extension …");
  const args = [join(root, "scripts/package.mjs"), "--out", vsix];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) process.exit(1);
}

/** The relay that serves already, such as that of `npm start`, stays when this ends. */
async function needRelay() {
  const port = await firstFreePort(firstPort);
  const onLost = (how) => {
    if (stopping) return;
    say(`The relay has ended (${how}).`);
    void stop(1);
  };
  return startRelay({ port, verbose: false, onLost }).catch((error) =>
    error.url ? { url: error.url, data: error.data, stop: async () => undefined } : giveUp(error),
  );
}

async function stop(code) {
  stopping ??= (async () => {
    say("\nStopping …");
    await editor?.stop();
    await endKeepers(join(folder, "home"));
    await relay?.stop();
    process.exit(code);
  })();
  return stopping;
}

async function giveUp(error) {
  process.stderr.write(`${error.message}\n`);
  await relay?.stop();
  process.exit(1);
}

/** Where this machine has no browser, the address on the screen is enough. */
function openBrowser(url) {
  const [command, ...args] = { darwin: ["open"], win32: ["cmd", "/c", "start", '""'] }[process.platform] ?? [
    "xdg-open",
  ];
  spawn(command, [...args, url], { stdio: "ignore", detached: true })
    .once("error", () => undefined)
    .unref();
}

/** A wrong value is one line that names it, and exit code 2. */
function readOptions() {
  const wrong = (line) => {
    process.stderr.write(`${line}\n`);
    process.exit(2);
  };
  let values;
  try {
    ({ values } = util.parseArgs({
      options: {
        workspace: { type: "string", default: process.env.BATON_WORKSPACE },
        browser: { type: "boolean", default: false },
        "no-open": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }));
  } catch (error) {
    return wrong(error.message);
  }
  const { workspace } = values;
  if (workspace !== undefined && !(existsSync(workspace) && statSync(workspace).isDirectory())) {
    return wrong(`--workspace: ${workspace} is no folder`);
  }
  return { ...values, open: !values["no-open"] };
}
