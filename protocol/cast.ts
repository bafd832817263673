import type { Run } from "#protocol/documents";
import { decodePayload } from "#protocol/payloads";
import { type LogRecord, recordKinds } from "#protocol/record";

const defaultSize = { cols: 80, rows: 24 };

/**
 * Turns records into the lines of an asciicast v3 (https://docs.asciinema.org/manual/asciicast/v3/), in whatever pieces
 * they come: times are intervals.
 */
export function createCastWriter(run: Pick<Run, "body" | "createdAt" | "startedAt" | "size">): {
  lines(records: Iterable<LogRecord>): string;
  end(): string;
} {
  const decoder = new TextDecoder();
  let lastTs: number | undefined;
  let isBegun = false;

  const header = (size: { cols: number; rows: number }) => {
    isBegun = true;
    return `${JSON.stringify({
      version: 3,
      term: { ...size, type: "xterm-256color" },
      timestamp: Math.floor((run.startedAt ?? run.createdAt) / 1000),
      title: run.body.title,
      command: run.body.command,
    })}\n`;
  };
  const event = (ts: number, code: string, data: string) => {
    const seconds = Math.max(0, ts - (lastTs ?? ts)) / 1000;
    lastTs = Math.max(ts, lastTs ?? ts);
    return `${JSON.stringify([seconds, code, data])}\n`;
  };
  const line = (record: LogRecord): string => {
    const { kind, ts, payload } = record;
    if (kind === recordKinds.resize) {
      const { cols, rows } = decodePayload("resize", payload);
      return isBegun ? event(ts, "r", `${cols}x${rows}`) : header({ cols, rows });
    }
    const begin = isBegun ? "" : kind === recordKinds.output ? header(run.size ?? defaultSize) : "";
    if (kind === recordKinds.output) {
      const text = decoder.decode(payload, { stream: true });
      return text === "" ? begin : begin + event(ts, "o", text);
    }
    if (!isBegun) return "";
    if (kind === recordKinds.status) return event(ts, "m", decodePayload("status", payload).status);
    if (kind === recordKinds.gap) return event(ts, "m", `${decodePayload("gap", payload).bytes} bytes are not kept`);
    if (kind !== recordKinds.exit) return "";
    const { exitCode } = decodePayload("exit", payload);
    const rest = decoder.decode();
    return (rest === "" ? "" : event(ts, "o", rest)) + (exitCode === undefined ? "" : event(ts, "x", String(exitCode)));
  };

  return {
    lines: (records) => [...records].map(line).join(""),
    end() {
      const rest = decoder.decode();
      return (isBegun ? "" : header(run.size ?? defaultSize)) + (rest === "" ? "" : event(lastTs ?? 0, "o", rest));
    },
  };
}
