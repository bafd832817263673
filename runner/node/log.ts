import { plainText } from "#protocol/plain-text";
import type { Log } from "#runner/core/host";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * A log for people on a terminal, or one JSON object a line for programs. What a runner says is little, so it is
 * written as it comes.
 */
export function createLog(options: {
  readonly level: LogLevel;
  readonly isJson: boolean;
  write(line: string): void;
  now?(): Date;
}): Log {
  const least = logLevels.indexOf(options.level);
  const now = options.now ?? (() => new Date());
  const at = (level: LogLevel) => (fields: Record<string, unknown>, message: string) => {
    if (logLevels.indexOf(level) < least) return;
    const time = now().toISOString();
    options.write(
      options.isJson
        ? `${JSON.stringify({ time, level, message, ...fields })}\n`
        : `${plainText(`${time.slice(11, 19)} ${level === "info" ? "" : `${level}: `}${message}${shownFields(fields)}`)}\n`,
    );
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const shownFields = (fields: Record<string, unknown>): string => {
  const entries = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return entries.length > 0 ? `  (${entries.join(", ")})` : "";
};
