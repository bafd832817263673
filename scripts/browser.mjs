// A Chromium for the tests: one that is there, else one that is fetched by the means of this machine.

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const names = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
  "msedge",
];
const usualPlaces = {
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
  ],
  win32: [process.env.PROGRAMFILES, process.env["PROGRAMFILES(X86)"], process.env.LOCALAPPDATA]
    .filter(Boolean)
    .flatMap((folder) => [
      join(folder, "Google/Chrome/Application/chrome.exe"),
      join(folder, "Microsoft/Edge/Application/msedge.exe"),
    ]),
};

/** The executable of a Chromium on this machine, or undefined. `BATON_CHROMIUM` outranks the search. */
export async function findBrowser() {
  const own = process.env.BATON_CHROMIUM;
  if (own) return own;
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, process.platform === "win32" ? `${name}.exe` : name)));
  const found = [...onPath, ...(usualPlaces[process.platform] ?? [])].find(isExecutable);
  if (found) return found;
  const { chromium } = await import("playwright-core");
  const installed = chromium.executablePath();
  return existsSync(installed) ? installed : undefined;
}

/** Finds a Chromium or installs one: from Debian where this is root's Debian, else by Playwright. */
export async function needBrowser(root) {
  const found = await findBrowser();
  if (found) return found;
  console.log("Installing a Chromium for the browser tests …");
  for (const [command, ...args] of installers(root)) {
    if (spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] }).status !== 0) continue;
    const installed = await findBrowser();
    if (installed) return installed;
  }
  return undefined;
}

function* installers(root) {
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    const apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-qq"];
    spawnSync(apt[0], [...apt.slice(1), "update"], { stdio: ["ignore", 2, 2] });
    yield [...apt, "install", "--no-install-recommends", "chromium", "fonts-dejavu-core"];
  }
  yield [process.execPath, join(root, "node_modules/playwright-core/cli.js"), "install", "chromium-headless-shell"];
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
