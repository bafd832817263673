/** Every cap of the wire, with its unit. A part's own caps stand in that part's `caps.ts`. */

const KiB = 1024;
const MiB = 1024 * KiB;

/** Largest record on the wire and on disk, header included. */
export const maxRecordBytes = 1 * MiB;
/** Largest binary WebSocket message: one record at its cap plus the frame header. */
export const maxFrameBytes = maxRecordBytes + 64;
/** Largest JSON control message. A prompt at its cap still fits with all its fields. */
export const maxControlBytes = 1 * MiB;
/** Largest message on the keeper's socket, either kind. */
export const maxStreamMessageBytes = maxFrameBytes + 64;
/** Largest single input from a person: a paste. */
export const maxInputBytes = 64 * KiB;
/** Largest serialized terminal screen. */
export const maxSnapshotBytes = 64 * KiB;
/** Output is sent at once below `fastOutputBytesPerSecond`; above it, frames fill to this size … */
export const outputFrameBytes = 32 * KiB;
/** … or are sent after this time. */
export const outputFrameMs = 5;
export const fastOutputBytesPerSecond = 256 * KiB;
/** Credit of a stream at its start, in payload bytes. */
export const initialCreditBytes = 256 * KiB;
/** A viewer that has this much queued, or is this late, is marked stale and loses its queue. */
export const staleViewerBytes = 512 * KiB;
export const staleViewerMs = 2_000;
/** A snapshot this close to the head of the log is sent again instead of a new one. */
export const snapshotReuseBytes = 64 * KiB;

export const maxPromptTextBytes = 256 * KiB;
/** The text as JSON, where a control character takes six bytes … */
export const maxPromptTextJsonBytes = 512 * KiB;
/** … and everything else in a prompt's body as JSON. Both together leave room for the rest of a control message. */
export const maxPromptExtrasJsonBytes = 320 * KiB;
/** What a runner says of itself, as JSON: shown to whoever approves it, and kept in its document. */
export const maxRunnerBodyJsonBytes = 32 * KiB;
export const maxRunnerReportJsonBytes = 128 * KiB;
/** A run's header as JSON without the prompt's text, which has its own cap. */
export const maxRunHeaderExtrasJsonBytes = 64 * KiB;
/** What an editor knows of a run at its start, or at its end, as JSON … */
export const maxEvidenceJsonBytes = 32 * KiB;
/** … with the files and the tasks that it names; beyond them only the sums count. */
export const maxEvidenceFiles = 100;
export const maxEvidenceTasks = 50;
export const maxBranchLength = 250;
/** The params of an error, as JSON … */
export const maxErrorParamsJsonBytes = 32 * KiB;
/** … of which our own are cut to so many characters before they are sent. */
export const maxErrorParamLength = 2_000;
export const maxTitleLength = 200;
export const maxNameLength = 80;
export const maxPathLength = 4_096;
export const maxLabels = 16;
/** Ports of one runner that are shown at the same time. */
export const maxOpenPreviewsPerRunner = 32;
/** How long a link to a preview is good: at least, where nobody says, and at most. */
export const minShareMs = 5 * 60 * 1000;
export const shareMs = 60 * 60 * 1000;
export const maxShareMs = 30 * 24 * 60 * 60 * 1000;
export const maxShareSecretLength = 200;
/** Of what the page of a preview says: texts of errors, each with its length, and where it is. */
export const maxPageErrors = 50;
export const maxPageErrorLength = 2_000;
export const maxPagePathLength = 2_000;
export const maxPageTitleLength = 300;
/** Origins of the pages around a preview's frame, beside those that the relay knows. */
export const maxFramingOrigins = 6;
/** Files that travel with a prompt: together, they fit into its extras as base64. */
export const maxAttachments = 4;
export const maxAttachmentsBytes = 224 * KiB;
/** A picture of a preview's page, which travels with a prompt. */
export const maxPictureBytes = 220 * KiB;
export const maxEnvironmentEntries = 32;
export const maxEnvironmentValueLength = 8_192;
export const maxPageSize = 200;

/** A runner that was not heard from for this long is `away`. */
export const runnerAwayMs = 20_000;
export const heartbeatMs = 5_000;
/** A claimed prompt whose runner is silent for this long is shown as `unknown`. */
export const claimUnknownMs = 30_000;
export const promptExpiryMs = 24 * 60 * 60 * 1000;
export const maxPromptExpiryMs = 30 * 24 * 60 * 60 * 1000;

export const minTerminalSize = { cols: 2, rows: 1 } as const;
export const maxTerminalSize = { cols: 1_000, rows: 1_000 } as const;
