import { appendFileSync, renameSync, statSync } from "node:fs";
import { maxOwnLogBytes } from "#runner/keeper/caps";
import { ifThere } from "#runner/keeper/files";

/** What the keeper says of itself: one JSON object a line, in a file that never has more than two times its cap. */
export interface OwnLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export function createOwnLog(path: string, now: () => number): OwnLog {
  let bytes = ifThere(() => statSync(path).size) ?? 0;
  const write =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      const line = `${JSON.stringify({ time: new Date(now()).toISOString(), level, pid: process.pid, message, ...fields })}\n`;
      try {
        if (bytes + line.length > maxOwnLogBytes) {
          renameSync(path, `${path}.1`);
          bytes = 0;
        }
        appendFileSync(path, line, { mode: 0o600 });
        bytes += line.length;
      } catch (error) {
        // The log of a process without a terminal has nowhere else to go; its work matters more.
        bytes = error === undefined ? bytes : 0;
      }
    };
  return { info: write("info"), warn: write("warn"), error: write("error") };
}
