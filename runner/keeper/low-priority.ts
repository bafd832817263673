import { existsSync, readlinkSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { basename } from "node:path";

/** A link to PID/task/TID of whichever thread reads it. */
const thisThread = "/proc/thread-self";

/**
 * Lets every other thread of the machine go first, on Linux, where a thread has a priority of its own; elsewhere
 * nothing is changed. Call it in the thread.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== "linux" || !existsSync(thisThread)) return;
  setPriority(Number(basename(readlinkSync(thisThread))), constants.priority.PRIORITY_BELOW_NORMAL);
}
