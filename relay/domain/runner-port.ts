import type { BatonError } from "#protocol/errors";
import type { RunnerId } from "#protocol/ids";
import type { ToRunner } from "#protocol/runner-link";

/** Messages to a runner that are answered by a reply. */
export type RunnerRequest = Extract<ToRunner, { readonly id: string }>;

/** How the domain speaks to the runners that are connected. */
export interface RunnerPort {
  isConnected(runnerId: RunnerId): boolean;
  /** @returns false where the runner is not connected */
  send(runnerId: RunnerId, message: ToRunner): boolean;
  /**
   * @returns the reply's result
   * @throws BatonError what the runner answered, `runner_away`, `timeout` or `connection_lost`
   */
  request(runnerId: RunnerId, message: RunnerRequest, timeoutMs: number): Promise<unknown>;
  /** Tells the runner why, and closes its link. */
  close(runnerId: RunnerId, error: BatonError): void;
  /** Acknowledges what is durable, and asks for what comes behind it once more. */
  resend(runnerId: RunnerId, runId: string, fromSeq: number): void;
}
