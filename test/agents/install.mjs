import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Installs the real agent CLIs that the tests drive, once, into the cache of this machine: together they are over
 * 1 GB, so they are no dependencies of the project. By hand: `node test/agents/install.mjs`.
 */

/** Exact versions by package, and the command that each one brings. */
const pins = /** @type {const} */ ({
  "@anthropic-ai/claude-code": { version: "2.1.197", command: "claude" },
  "@openai/codex": { version: "0.169.0", command: "codex" },
  "opencode-ai": { version: "1.18.33", command: "opencode" },
  "@google/gemini-cli": { version: "0.61.0", command: "gemini" },
});

/**
 * The install scripts that are needed, by name: both put the binary of this platform where the command points to. All
 * others stay switched off. Started by us rather than through npm's `allowScripts`, because npm 10 does not know that
 * field, npm 11 only warns, and npm 12 enforces it.
 */
const installScripts = ["@anthropic-ai/claude-code/install.cjs", "opencode-ai/postinstall.mjs"];

const lockPollMs = 500;
const commandTimeoutMs = 10 * 60_000;

/** Where this machine keeps what the tests download: BATON_CACHE, or `baton` in the user's cache folder. */
export const cacheFolder = () =>
  process.env.BATON_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "baton");

/**
 * The folder of the agents' commands, installed when it is not there yet. A half-made install is never seen: it is
 * made elsewhere and renamed. Several processes may call this at the same time.
 * @returns {Promise<{ binDir: string }>}
 * @throws {Error} when npm cannot install them, with the end of what npm said
 */
export async function installAgents() {
  const folder = join(cacheFolder(), `agents-${fingerprint()}`);
  const binDir = join(folder, "node_modules", ".bin");
  if (existsSync(folder)) return { binDir };
  await mkdir(cacheFolder(), { recursive: true });
  const release = await lock(`${folder}.lock`);
  try {
    if (!existsSync(folder)) await installInto(folder);
  } finally {
    await release();
  }
  return { binDir };
}

function fingerprint() {
  const platform = `${process.platform}-${process.arch}`;
  return createHash("sha256").update(JSON.stringify({ pins, installScripts, platform })).digest("hex").slice(0, 12);
}

/** @param {string} folder */
async function installInto(folder) {
  await removeLeftOvers(`${folder}.making-`);
  const making = `${folder}.making-${process.pid}`;
  await mkdir(making);
  try {
    const dependencies = Object.fromEntries(Object.entries(pins).map(([name, { version }]) => [name, version]));
    await writeFile(join(making, "package.json"), JSON.stringify({ private: true, dependencies }, null, 2));
    await run(npm(), ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], making);
    for (const script of installScripts) {
      await run([process.execPath], [join(making, "node_modules", script)], making);
    }
    for (const [name, { version }] of Object.entries(pins)) {
      const manifest = JSON.parse(await readFile(join(making, "node_modules", name, "package.json"), "utf8"));
      if (manifest.version !== version) throw new Error(`${name} ${version} was asked for, ${manifest.version} came`);
    }
    await rename(making, folder);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    throw error;
  }
}

/** What a killed install left behind. @param {string} prefix */
async function removeLeftOvers(prefix) {
  for (const name of await readdir(cacheFolder())) {
    const path = join(cacheFolder(), name);
    if (path.startsWith(prefix)) await rm(path, { recursive: true, force: true });
  }
}

/** npm as it runs us, or the one on PATH. */
const npm = () =>
  process.env.npm_execpath?.endsWith("npm-cli.js") ? [process.execPath, process.env.npm_execpath] : ["npm"];

/**
 * @param {string[]} command
 * @param {string[]} args
 * @param {string} cwd
 */
async function run(command, args, cwd) {
  const [file = "", ...first] = command;
  // On Windows npm is a batch file, which only a shell can start; nothing in these arguments needs quoting there.
  const child = spawn(file, [...first, ...args], { cwd, shell: file === "npm" && process.platform === "win32" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-4_000);
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), commandTimeoutMs);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => clearTimeout(timer));
  if (code !== 0) throw new Error(`${[file, ...first, ...args].join(" ")} ended with ${code}:\n${output}`);
}

/**
 * Waits until this process alone holds the lock. A holder that died is taken over.
 * @param {string} path
 */
async function lock(path) {
  for (;;) {
    try {
      await writeFile(path, String(process.pid), { flag: "wx" });
      return () => rm(path, { force: true });
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
    }
    const holder = Number(await readFile(path, "utf8").catch(() => ""));
    if (holder > 0 && !isAlive(holder)) await rm(path, { force: true });
    else await delay(lockPollMs);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// In a bundle of tests the file name is the bundle's, and nothing is to be started.
if (import.meta.filename?.endsWith("install.mjs") && process.argv[1] === import.meta.filename) {
  installAgents().then(
    ({ binDir }) => console.log(binDir),
    (error) => {
      console.error(String(error));
      process.exitCode = 1;
    },
  );
}
