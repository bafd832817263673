// The editor of `npm run editor`: a VS Code of this machine, or the one of the tests in a browser.

import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { firstFreePort } from "./free-port.mjs";

const startLimitMs = 60_000;
const stopLimitMs = 20_000;
const firstPort = 4100;
/** Whoever names a folder here has agents work in it. */
const trust = "--disable-workspace-trust";
const settings = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "telemetry.telemetryLevel": "off",
  "workbench.startupEditor": "none",
};

/**
 * Opens a folder in a VS Code of this machine.
 * @returns {Promise<{ ended: Promise<void>, stop: () => Promise<void> }>}
 */
export async function openDesktop({ cli, program }, { folder, vsix, workspace, env }) {
  const own = foldersBelow(folder);
  run(cli, [...own, "--install-extension", vsix, "--force"], env);
  const args = [...own, "--new-window", trust, workspace];
  // Chromium refuses to run sandboxed for root.
  const child = start(program, [...args, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])], env);
  return { ended: child.ended.then(() => undefined), stop: child.stop };
}

/**
 * Serves the editor of the tests on this machine, behind a password of this start.
 * @returns {Promise<{ url: string, password: string, ended: Promise<void>, stop: () => Promise<void> }>}
 */
export async function openInBrowser({ folder, vsix, workspace, env }) {
  const { codeServer } = await import("../test/vscode/code-server.mjs");
  const { node, entry } = codeServer();
  const own = ["--config", join(folder, "config.yaml"), ...foldersBelow(folder)];
  writeFileSync(join(folder, "config.yaml"), "auth: password\n");
  const password = randomBytes(9).toString("base64url");
  const environment = { ...env, PASSWORD: password, VSCODE_IPC_HOOK_CLI: undefined };
  run(node, [entry, ...own, "--install-extension", vsix, "--force"], environment);
  const port = await firstFreePort(firstPort);
  const address = ["--bind-addr", `127.0.0.1:${port}`, "--auth", "password"];
  const quiet = ["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
  const child = start(node, [entry, ...own, ...address, ...quiet, trust], environment);
  await healthy(`http://127.0.0.1:${port}/healthz`, child);
  const url = `http://127.0.0.1:${port}/?folder=${encodeURI(workspace)}`;
  return { url, password, ended: child.ended.then(() => undefined), stop: child.stop };
}

/** Ends the keepers of this editor, and with them what they still run. */
export async function endKeepers(home) {
  const keepers = join(home, "data", "keeper");
  if (!existsSync(keepers)) return;
  const pids = readdirSync(keepers).flatMap((version) => keeperOf(join(keepers, version, "keeper.json")));
  for (const pid of pids) signal(pid, "SIGTERM");
  const until = performance.now() + stopLimitMs;
  while (pids.some((pid) => signal(pid, 0)) && performance.now() < until) await delay(50);
}

function keeperOf(file) {
  try {
    return [JSON.parse(readFileSync(file, "utf8")).pid].filter((pid) => Number.isInteger(pid) && pid > 0);
  } catch {
    return []; // One that has left takes its file away.
  }
}

/** A profile of its own, so that nothing of the user's is changed. */
function foldersBelow(folder) {
  const user = join(folder, "data", "User");
  mkdirSync(user, { recursive: true });
  const file = join(user, "settings.json");
  if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(settings, null, 2)}\n`);
  return ["--user-data-dir", join(folder, "data"), "--extensions-dir", join(folder, "extensions")];
}

const shell = (command) => process.platform === "win32" && command.endsWith(".cmd");

function run(command, args, env) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { env, encoding: "utf8", shell: shell(command) });
  if (status === 0) return;
  throw new Error(`The extension could not be installed: ${error?.message ?? `${stdout}${stderr}`.trim()}`);
}

function start(command, args, env) {
  const isGroup = process.platform !== "win32";
  const child = spawn(command, args, { env, stdio: "ignore", detached: isGroup });
  const ended = new Promise((resolve) => {
    child.once("close", (code, how) => resolve(how ?? `exit code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
  const toAll = (name) => (isGroup ? signal(-child.pid, name) : child.kill(name));
  return {
    ended,
    stop: async () => {
      if (child.pid === undefined) return;
      toAll("SIGTERM");
      const left = await Promise.race([ended.then(() => true), delay(stopLimitMs / 2, false)]);
      // What is left of its group, such as a terminal's shell.
      if (isGroup || !left) toAll("SIGKILL");
      await ended;
    },
  };
}

async function healthy(url, child) {
  let how;
  void child.ended.then((ended) => {
    how = ended;
  });
  for (const until = performance.now() + startLimitMs; performance.now() < until; await delay(50)) {
    if (how !== undefined) throw new Error(`The editor has ended (${how}).`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
  }
  await child.stop();
  throw new Error(`The editor did not answer within ${startLimitMs / 1000} s.`);
}

function signal(pid, name) {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
    return false;
  }
}
