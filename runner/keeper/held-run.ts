import type { SharedWith } from "#protocol/documents";
import type { RunId, RunnerId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import type { Appended } from "#runner/keeper/log-writer";
import type { Segment } from "#runner/keeper/segment";

/** A picture of a run's screen, ready to be sent. */
export interface Snapshot {
  readonly seq: number;
  /** A whole message for the keeper's socket. */
  readonly message: Uint8Array;
}

/** Whoever is sent a run as it goes on. */
export interface RunFollower {
  appended(record: Appended): void;
  pictured(snapshot: Snapshot): void;
}

/** A run whose log is in this store: one at work here, or one of a keeper that is dead. */
export interface HeldRun {
  readonly id: RunId;
  readonly runnerId: RunnerId;
  readonly folder: string;
  readonly segments: readonly Segment[];
  readonly prefix: Uint8Array;
  readonly headSeq: number;
  readonly ackedSeq: number;
  readonly bytes: number;
  /** Whether it is over: nothing is appended any more. */
  readonly over: boolean;
  /** Whether the relay has all of it, or none is to have it. */
  readonly finished: boolean;
  readonly createdAt: number;
  readonly visibility: "local" | "team";
  readonly followers: Set<RunFollower>;
  describe(): KeeperRun;
  /** Durable on the relay up to `seq`. */
  ack(seq: number): void;
  /** Makes a local run a team run of a relay; one that is a team run stays as it is. */
  share(sharedWith: SharedWith | undefined): void;
  /** The last picture that was made. */
  readonly lastSnapshot: Snapshot | undefined;
  /**
   * A picture at most `snapshotReuseBytes` old.
   * @throws BatonError `snapshot_unavailable`
   */
  snapshot(): Promise<Snapshot>;
  /** Lets output give way until at most `maxBytes` are left. */
  shrink(maxBytes: number): void;
  /** A record failed its check when it was read. */
  damaged(segment: Segment, offset: number, reason: string): void;
}
