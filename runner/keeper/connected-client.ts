import type { RunId } from "#protocol/ids";
import type { FromKeeper } from "#protocol/keeper-link";
import type { HeldRun, Snapshot } from "#runner/keeper/held-run";

/** One process that is connected: a runner, a terminal. */
export interface Client {
  /** Whether it has said hello. */
  readonly known: boolean;
  send(message: FromKeeper): void;
  sendPicture(snapshot: Snapshot): void;
  attach(run: HeldRun, fromSeq: number, creditBytes: number): void;
  detach(runId: RunId): void;
  credit(runId: RunId, bytes: number): void;
  close(): void;
}
