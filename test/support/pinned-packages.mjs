import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** Packages that tests drive and that are too large to be dependencies of the project: once per machine, in its cache. */

const lockPollMs = 500;
const commandTimeoutMs = 10 * 60_000;

/** Where this machine keeps what the tests download: BATON_CACHE, or `baton` in the user's cache folder. */
export const cacheFolder = () =>
  process.env.BATON_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "baton");

/**
 * @typedef {object} Pinned
 * @property {Readonly<Record<string, { readonly version: string }>>} pins exact versions by package
 * @property {readonly string[]} installScripts
 *   The ones that are needed, by name below `node_modules`. All others stay switched off. Started by us rather than
 *   through npm's `allowScripts`, because npm 10 does not know that field, npm 11 only warns, and npm 12 enforces it.
 */

/**
 * The folder of some packages, installed when it is not there yet. A half-made install is never seen: it is made
 * elsewhere and renamed. Several processes may call this at the same time.
 * @param {string} name of the folder's beginning
 * @param {Pinned} pinned
 * @returns {Promise<{ folder: string, binDir: string }>}
 * @throws {Error} when npm cannot install them, with the end of what npm said
 */
export async function installPinned(name, pinned) {
  const folder = join(cacheFolder(), `${name}-${fingerprint(pinned)}`);
  const installed = { folder, binDir: join(folder, "node_modules", ".bin") };
  if (existsSync(folder)) return installed;
  await mkdir(cacheFolder(), { recursive: true });
  const release = await lock(`${folder}.lock`);
  try {
    if (!existsSync(folder)) await installInto(folder, pinned);
  } finally {
    await release();
  }
  return installed;
}

/** @param {Pinned} pinned */
function fingerprint({ pins, installScripts }) {
  const platform = `${process.platform}-${process.arch}`;
  return createHash("sha256").update(JSON.stringify({ pins, installScripts, platform })).digest("hex").slice(0, 12);
}

/**
 * @param {string} folder
 * @param {Pinned} pinned
 */
async function installInto(folder, { pins, installScripts }) {
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
