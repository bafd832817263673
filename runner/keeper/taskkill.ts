import { execFile } from "node:child_process";
import { win32 } from "node:path";
import { promisify } from "node:util";
import { errorCode } from "#runner/keeper/files";

/**
 * Ends a process of Windows with everything below it. Without `force` only programs with a window are asked to close;
 * a program of the console is not reached in this way.
 * @returns whether somebody was told
 */
export async function taskkill(pid: number, force: boolean): Promise<boolean> {
  const program = win32.join(process.env.SystemRoot ?? "C:\\Windows", "System32", "taskkill.exe");
  try {
    await promisify(execFile)(program, ["/PID", String(pid), "/T", ...(force ? ["/F"] : [])], { windowsHide: true });
    return true;
  } catch (error) {
    // It says so with an exit code when the process has ended already, or cannot be asked.
    if (errorCode(error) === "ENOENT") throw error;
    return false;
  }
}
