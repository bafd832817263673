import type { LogOutputChannel } from "vscode";
import type { Log } from "#runner/core/host";

/**
 * A log in the editor's own list of outputs.
 * @param part what the lines are about, such as a folder's name
 */
export function createLog(output: LogOutputChannel, part: string): Log {
  const line = (fields: Record<string, unknown>, message: string) =>
    `[${part}] ${message}${Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields)}` : ""}`;
  return {
    debug: (fields, message) => output.debug(line(fields, message)),
    info: (fields, message) => output.info(line(fields, message)),
    warn: (fields, message) => output.warn(line(fields, message)),
    error: (fields, message) => output.error(line(fields, message)),
  };
}
