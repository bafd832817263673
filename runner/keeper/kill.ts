import { errorCode } from "#runner/keeper/files";

/**
 * Sends a signal to a process, or with a negative pid to a group. One that has ended already, or became somebody
 * else's, is left alone.
 */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== "ESRCH" && errorCode(error) !== "EPERM") throw error;
  }
}
