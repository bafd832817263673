// Processes that a test left behind, found by a variable of their environment (Linux: /proc).

import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Waits until no process carries the mark, ends those that stay, and returns their command lines. */
export async function endLeftovers(mark, graceMs) {
  for (const until = Date.now() + graceMs; Date.now() < until; await delay(250)) {
    if (marked(mark).length === 0) return [];
  }
  return marked(mark).map((pid) => {
    const command = read(pid, "cmdline").replaceAll("\0", " ").trim();
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
    return `${pid} ${command}`;
  });
}

/** @param {string} mark `NAME=value` */
function marked(mark) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && `\0${read(pid, "environ")}\0`.includes(`\0${mark}\0`));
}

/** A process may end between two looks; then it is no leftover. A zombie has an empty environment. */
function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
