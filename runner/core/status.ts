import type { Preview, RunEnd, RunnerPolicy, RunStatus } from "#protocol/documents";
import type { WireError } from "#protocol/errors";
import type { PromptId, RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Actor } from "#protocol/payloads";

/** The state of a runner, for whoever shows it. Each change makes a new object, so views may compare by identity. */
export interface RunnerStatus {
  readonly link: LinkState;
  readonly policy: RunnerPolicy;
  readonly keeper: "connecting" | "connected";
  /** Why no keeper can be had, while that is so. */
  readonly keeperFailure?: WireError;
  /** Open runs of this folder, and those that ended while this process has lived, newest first. */
  readonly runs: readonly RunView[];
  /** Prompts about which the local user is being asked. */
  readonly asking: readonly PromptId[];
  /** Ports of this machine that the relay shows. */
  readonly previews: readonly Preview[];
}

export type LinkState =
  /** There is no relay: everything local works. */
  | { readonly state: "none" }
  | { readonly state: "connecting" }
  | { readonly state: "online"; readonly team: string; readonly sinceMs: number }
  | { readonly state: "waiting"; readonly retryAtMs: number; readonly reason: string }
  /** Not dialled again: replaced, revoked, or a version that the relay does not speak. */
  | { readonly state: "stopped"; readonly error?: WireError };

export interface RunView {
  readonly runId: RunId;
  readonly run: KeeperRun;
  readonly status: RunStatus;
  readonly end?: RunEnd;
  readonly lease: { readonly leaseEpoch: number; readonly holder?: Actor };
  readonly watchers: readonly Actor[];
}
