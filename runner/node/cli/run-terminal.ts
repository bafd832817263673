import { constants } from "node:os";
import type { TerminalSize } from "#protocol/documents";
import type { Payload } from "#protocol/payloads";
import { decodePayload } from "#protocol/payloads";
import { type LocatedRecord, recordKinds } from "#protocol/record";
import { exitCodes } from "#runner/node/cli/failure";

export type RunExit = Payload<"exit">;

/** A run's terminal, wherever the run is: with the keeper of this machine, or behind a relay. */
export interface RunTerminal {
  /** Types. Nothing is typed without the input lease. */
  type(bytes: Uint8Array): void;
  resize(size: TerminalSize): void;
  /** @throws BatonError `input_lease_held`, `run_ended`, `role_required` … */
  takeLease(): Promise<void>;
  cancel(): Promise<void>;
  /** Resolves with how the run ended; rejects when its log can no longer be followed. */
  readonly ended: Promise<RunExit>;
  close(): void;
}

/** How a run ends, as it becomes known: once, by the first that is told. */
export interface RunEndPromise {
  readonly ended: Promise<RunExit>;
  end(exit: RunExit): void;
  fail(error: Error): void;
}

export function createRunEnd(): RunEndPromise {
  let end: (exit: RunExit) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const ended = new Promise<RunExit>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  // Whoever only looks at a run for a while does not wait for its end.
  ended.catch(() => {});
  return { ended, end, fail };
}

export interface TerminalSink {
  /** The screen as it was, to be drawn on an empty one. */
  picture(bytes: Uint8Array): void;
  output(bytes: Uint8Array): void;
}

/** Shows a record. @returns how the run ended, if it is the record that says so */
export function showRecord(record: LocatedRecord, sink: TerminalSink): RunExit | undefined {
  if (record.kind === recordKinds.output) sink.output(record.payload);
  return record.kind === recordKinds.exit ? decodePayload("exit", record.payload) : undefined;
}

/** The exit code of a run as a shell would give it. */
export function exitCodeOf(exit: RunExit): number {
  const codes: Readonly<Partial<Record<RunExit["end"], number>>> = {
    cancelled: exitCodes.cancelled,
    "timed-out": exitCodes.timedOut,
    lost: exitCodes.lost,
  };
  return codes[exit.end] ?? exit.exitCode ?? (exit.end === "exited" ? signalExitCode(exit.signal) : exitCodes.failure);
}

/** 128 and the signal's number, which is how a shell says that a signal ended a program. */
function signalExitCode(signal: string | undefined): number {
  if (signal === undefined) return exitCodes.success;
  const number = (constants.signals as Partial<Record<string, number>>)[signal];
  return number === undefined ? exitCodes.failure : 128 + number;
}

/** How a run ended, from the relay's document of it. */
export const exitOf = (run: {
  readonly end?: RunExit["end"] | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}): RunExit => ({
  end: run.end ?? "lost",
  ...(run.exitCode !== undefined && { exitCode: run.exitCode }),
  ...(run.signal !== undefined && { signal: run.signal }),
});
