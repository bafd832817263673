import type {
  AccessToken,
  AuditEntry,
  Device,
  Invitation,
  JoinToken,
  Member,
  Preview,
  Prompt,
  Run,
  Runner,
  Share,
} from "#protocol/documents";
import type { RunId, StoreId } from "#protocol/ids";
import type { StoredSecret, StoredSession } from "#relay/store/secrets";

/**
 * What the relay keeps, behind one interface: `embedded/` for one machine; a replicated store can take its place.
 * Reads of open documents are synchronous, because the queue decides by them; every write resolves when it is
 * durable, and nothing is acknowledged to anybody before that.
 */
export interface Store {
  /** Made with the data folder. A relay restored from a backup keeps it. */
  readonly storeId: StoreId;
  readonly documents: Documents;
  readonly archive: Archive;
  readonly logs: RunLogs;
  readonly audit: AuditLog;
  /** Whether the last write succeeded; `readyz` and the people watching are told. */
  readonly health: StoreHealth;
  close(): Promise<void>;
}

export interface StoreHealth {
  readonly error: "storage_full" | "storage_failed" | undefined;
  onChange(listener: () => void): () => void;
}

/** The open documents: everything of the team, and the runs and prompts that have not ended. */
export interface OpenDocuments {
  members: Member;
  devices: Device;
  runners: Runner;
  invitations: Invitation;
  tokens: AccessToken & StoredSecret;
  joinTokens: JoinToken & StoredSecret;
  links: StoredSecret & StoredLink;
  sessions: StoredSession;
  previews: Preview;
  shares: Share & StoredSecret;
  prompts: Prompt;
  runs: Run;
}
export type Collection = keyof OpenDocuments;
type StoredLink = {
  readonly v: 1;
  readonly rev: number;
  readonly id: string;
  readonly memberId?: string;
  readonly name?: string;
  readonly role?: string;
  readonly expiresAt: number;
};

export type Change = {
  [C in Collection]:
    | { readonly collection: C; readonly put: OpenDocuments[C] }
    | { readonly collection: C; readonly remove: string }
    | { readonly collection: C; readonly archive: OpenDocuments[C] };
}[Collection];

export interface Documents {
  get<C extends Collection>(collection: C, id: string): OpenDocuments[C] | undefined;
  /** In the order they were first put. The array is the caller's. */
  all<C extends Collection>(collection: C): OpenDocuments[C][];
  /**
   * All of the changes or none. `put` sets `rev` to the stored one plus one and is visible to `get` at once;
   * `archive` (runs and prompts) moves an ended document into its day's file. Resolves when durable.
   * @throws BatonError `storage_full`, `storage_failed`: nothing was changed, in memory neither
   */
  commit(changes: readonly Change[]): Promise<void>;
}

export interface PageQuery<D> {
  readonly cursor?: string;
  readonly limit: number;
  readonly matches: (document: D) => boolean;
}

/** Ended runs and prompts, one file per UTC day of their birth (their id carries it), read when asked for. */
export interface Archive {
  run(id: string): Promise<Run | undefined>;
  prompt(id: string): Promise<Prompt | undefined>;
  /**
   * Newest first by id; `next` continues behind the last one. At most `maxRunsLookedAt` runs of `maxDaysLookedAt` days
   * are looked at, so a page may be short, or empty, and still have a `next`.
   */
  page(query: PageQuery<Run>): Promise<{ readonly runs: Run[]; readonly next: string | undefined }>;
  /** The same of prompts, of which at most `maxPromptsLookedAt` are looked at. */
  promptPage(query: PageQuery<Prompt>): Promise<{ readonly prompts: Prompt[]; readonly next: string | undefined }>;
  /** What ended before `before`, the oldest first; at most `most`. One that is open again has not ended. */
  endedBefore(collection: "prompts" | "runs", before: number, most: number): Promise<string[]>;
  /**
   * Removes ended documents for good; what is open stays. Resolves when durable.
   * @throws BatonError `storage_full`, `storage_failed`: some may be gone, and it can be called again
   */
  remove(collection: "prompts" | "runs", ids: readonly string[]): Promise<void>;
}

export interface LogState {
  /** The last record on disk and synced; 0 for an empty log. */
  readonly durableSeq: number;
  /** The last record appended; it may not be durable yet. */
  readonly headSeq: number;
  readonly firstSeq: number;
  readonly bytes: number;
  /** Set when the log was found damaged and was cut, at the opening or by a read. */
  readonly damage: LogDamage | undefined;
}

export interface LogDamage {
  /** The last record before the damage; the runner can send again from there. */
  readonly validSeq: number;
  readonly reason: string;
  readonly foundAt: number;
}

/** One append-only log per run. */
export interface RunLogs {
  /** How the log stands; where it is not at hand, it is opened, or made, and its tail repaired. */
  open(runId: RunId): Promise<LogState>;
  /**
   * Appends encoded records that follow `headSeq` without a hole; where the first one is a `gap`, its range begins at
   * or before the next seq. Group commit: what comes during one fdatasync shares the next. The bytes must not be
   * changed afterwards.
   * @param firstSeq of the first record; for a `gap` the next seq will do too
   * @returns when they are durable
   * @throws BatonError `storage_full` or `storage_failed`; the log then ends at its durable seq, and the same records
   *   can be appended again. `storage_behind` when too much waits for the disk, `record_out_of_sequence` for records
   *   that do not follow `headSeq`: only this call is refused
   */
  append(runId: RunId, records: Uint8Array, firstSeq: number, lastSeq: number): Promise<void>;
  /**
   * Whole records from the first one with a seq of at least `fromSeq` until it has caught up with the head, also those
   * that are not durable yet, in chunks of at most 256 KB or one record. It ends early where the log is found damaged.
   */
  read(runId: RunId, fromSeq: number): AsyncIterable<Uint8Array>;
  /** The newest snapshot frame (`frame.ts`), kept beside the log; written without a sync, it is derived. */
  putSnapshot(runId: RunId, frame: Uint8Array): Promise<void>;
  snapshot(runId: RunId): Promise<Uint8Array | undefined>;
  /** Lets go of the file handles of a run that has ended. */
  release(runId: RunId): Promise<void>;
  /**
   * Removes the log and everything beside it. The run's document is to go after it, so that a crash in between leaves
   * nothing that nobody knows of.
   * @returns false where somebody uses it right now: nothing was removed
   */
  remove(runId: RunId): Promise<boolean>;
  /** Told when a log was found damaged and was cut; its `headSeq` went back. @returns ends the listening */
  onDamage(listener: (runId: RunId, damage: LogDamage) => void): () => void;
}

/** Append-only, one JSON line an entry. */
export interface AuditLog {
  append(entry: AuditEntry): Promise<void>;
  page(query: {
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<{ readonly entries: AuditEntry[]; readonly next: string | undefined }>;
}
