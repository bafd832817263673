import { constants } from "node:os";
import type { RunEnd } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import type { SpawnCommand } from "#protocol/keeper-link";
import type { Actor, Payload } from "#protocol/payloads";
import type { OwnLog } from "#runner/keeper/own-log";
import type { SeenProcess } from "#runner/keeper/process-table";
import { endProcess, sweepRun } from "#runner/keeper/teardown";
import type { ProcessExit } from "#runner/keeper/terminal-process";

/** How a run comes to its end: asked for, or by itself. */
export interface RunEnding {
  readonly begun: boolean;
  /** Begins to end a process with everything below it. The first reason counts. */
  begin(pid: number, end: RunEnd, by: Actor, limitMs: number | undefined): void;
  /**
   * The process has ended: ends what is left of the run.
   * @returns the run's last record
   */
  finish(pid: number, exit: ProcessExit): Promise<Payload<"exit">>;
}

export function createRunEnding(runId: RunId, signals: SpawnCommand["cancelSignals"], log: OwnLog): RunEnding {
  let reason: { readonly end: RunEnd; readonly by: Actor } | undefined;
  let noted: readonly SeenProcess[] = [];
  let teardown: Promise<void> = Promise.resolve();
  let exited: () => void = () => undefined;
  const processExited = new Promise<void>((resolve) => {
    exited = resolve;
  });

  return {
    get begun() {
      return reason !== undefined;
    },
    begin(pid, end, by, limitMs) {
      if (reason) return;
      reason = { end, by };
      teardown = endProcess({ pid, exited: processExited }, signals, limitMs).then(
        (found) => {
          noted = found;
        },
        (error: unknown) => log.error("a run could not be ended", { runId, error: String(error) }),
      );
    },
    async finish(pid, exit) {
      exited();
      await teardown;
      const swept = await sweepRun(runId, pid, noted);
      if (swept > 0) log.info("processes were left and were ended", { runId, count: swept });
      const how = exit.signal === undefined ? { exitCode: exit.exitCode } : { signal: signalName(exit.signal) };
      return { end: reason?.end ?? "exited", ...how, ...(reason && { by: reason.by }) };
    },
  };
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found ? found[0] : String(number);
}
