/** Every cap of the store, with its unit. */

const KiB = 1024;
const MiB = 1024 * KiB;

/** A run's log goes on in a new segment when the current one has reached this size. */
export const maxSegmentBytes = 8 * MiB;
/** What one write and one fdatasync take at most; the rest of what waits shares the next one. */
export const maxBatchBytes = 1 * MiB;
/** Output of one log gathers for this long behind a write, since a sync costs the same for little and for much … */
export const gatherMs = 5;
/** … or until this much waits. */
export const gatherBytes = 256 * KiB;
/** Not yet durable bytes of one log. A keeper has at most 16 MB unacknowledged, so only a fault gets here. */
export const maxPendingLogBytes = 32 * MiB;
/** Not yet durable bytes of the audit log. */
export const maxPendingAuditBytes = 4 * MiB;
/** Largest piece that a read of a log gives out, unless a single record is larger. */
export const maxReadChunkBytes = 256 * KiB;
/** Distance of the entries of a segment's index; a read scans at most this much to find its first record. */
export const indexStepBytes = 64 * KiB;
/** Piece in which a segment is read when it is checked. It holds the largest record and more. */
export const scanBufferBytes = 1 * MiB + 256 * KiB;
/** Logs that sync at the same time, of the four threads that Node has for files. */
export const maxLogSyncs = 3;
/** Logs with an open file; the one that was not used for longest is closed first. */
export const maxOpenLogFiles = 128;
/** Logs whose state is remembered; forgetting one costs a check of its last segment when it is used again. */
export const maxKnownLogs = 2_000;

/** Commits that wait for the disk. */
export const maxWaitingCommits = 10_000;
/** Ended documents move from the open file to their days when there are this many … */
export const endedDocumentsBeforeMove = 128;
/** … or after this time. */
export const endedDocumentsMoveAfterMs = 10_000;
/** Archived documents kept in memory, over all days; the day that was read last always stays. */
export const maxCachedDayDocuments = 5_000;
/** Ended prompts that one page looks through: most have a run, and a list of the others must not read all days. */
export const maxPromptsLookedAt = 1_000;
/** Ended runs that one page looks through for those that match a search … */
export const maxRunsLookedAt = 2_000;
/** … and days that one page opens, of runs as of prompts: many quiet days are many files. */
export const maxDaysLookedAt = 31;
/** Damaged files that are kept in one folder for a look; a log has fewer segments, so all of one damage are kept. */
export const maxDamagedCopies = 64;
/** Work on the event loop between two breaths while a large document file is written. */
export const serializeSliceBytes = 256 * KiB;

/** While the disk refuses writes it is tried again this often, with a file of this size. */
export const healthProbeMs = 1_000;
export const healthProbeBytes = 256 * KiB;

/** The lock file is touched this often, so that a relay in another container can be told from a dead one … */
export const lockBeatMs = 5_000;
/** … by one that watches it for this long. */
export const lockWatchMs = 3 * lockBeatMs;
