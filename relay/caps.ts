/** Every cap of the relay, with its unit. Those of the wire stand in `#protocol/caps`. */

const KiB = 1024;
const MiB = 1024 * KiB;
const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

// ── Signing in
export const accessTokenMs = 10 * minuteMs;
export const refreshTokenMs = 30 * dayMs;
/** The refresh token before the current one is still answered for this long: its answer may have been lost. */
export const refreshGraceMs = 30 * secondMs;
export const ticketMs = 30 * secondMs;
export const maxOpenTickets = 20_000;
export const maxOpenTicketsPerMember = 2_000;
/** The link that the relay prints at its start while no owner has signed in. */
export const ownerLinkMs = dayMs;
export const serverLinkMs = hourMs;
export const deviceLinkMs = 10 * minuteMs;
export const maxOpenLinks = 1_000;
export const maxDeviceNameLength = 200;
export const maxDevicesPerMember = 200;
export const maxTokensPerMember = 100;
export const maxOpenInvitations = 1_000;
/** Tokens of one name that an editor on the server's own machine may have; the oldest give way. */
export const maxTokensPerLocalEditor = 5;
/** How long an editor that was signed in by a code stays so. */
export const editorTokenMs = 366 * dayMs;
/** How often the last use of a device or a token is written down. */
export const lastUsedWriteMs = 5 * minuteMs;

// ── Pairing (RFC 8628)
export const pairingMs = 10 * minuteMs;
export const pairingPollMs = 1 * secondMs;
export const maxPairingTries = 5;
export const maxOpenPairings = 1_000;
export const maxOpenPairingsPerAddress = 20;
export const maxOpenJoinTokens = 1_000;

// ── Requests
export const maxSmallBodyBytes = 64 * KiB;
export const defaultWritesPerMinute = 60;
/** Writes that a member who was quiet may send at once. */
export const writeBurst = 30;
/** Requests per minute and address of those who are not signed in yet. */
export const publicRequestsPerMinute = 120;
export const maxTrackedBuckets = 10_000;
/** How often a member may ask runners for their report: it starts every agent CLI of that machine once. */
export const checksPerMinute = 30;
export const checkBurst = 10;
export const maxEventStreams = 1_000;
export const maxEventStreamsPerMember = 50;
/** How long a request to a runner waits for its reply. */
export const runnerReplyMs = 10 * secondMs;

/** Documents in one answer; what does not fit comes with the next page. */
export const maxListBytes = 4 * MiB;

// ── Templates
/** Of a team, in a file of at most so many bytes. */
export const maxTeamTemplates = 100;
export const maxTemplatesFileBytes = 1 * MiB;

// ── Queue
export const maxOpenPrompts = 5_000;
export const maxOpenPromptsPerMember = 500;
export const queueTickMs = 1 * secondMs;
/** How long an idempotency key answers with the prompt that it made. */
export const idempotencyMs = dayMs;
export const maxIdempotencyKeys = 50_000;

// ── Runs
/** Runs of one runner that have not ended. A keeper holds far fewer at a time. */
export const maxOpenRunsPerRunner = 1_000;
/** How often counts of a run (bytes, last output) are written and shown while nothing else changes. */
export const runCountsMs = 5 * secondMs;
/** Newest output of a run that stays in memory for viewers that are a little behind. */
export const maxTailBytes = 512 * KiB;
/** … while nobody watches it. */
export const idleTailBytes = 64 * KiB;
/** Output of one runner that waits for the disk; above it the runner's socket is not read. */
export const maxPendingAppendBytes = 4 * MiB;
/** A frame cut out of the log for a viewer that is behind. */
export const replayFrameBytes = 32 * KiB;
/** Snapshot and tail together, before a viewer sees anything. */
export const maxFirstPaintBytes = 96 * KiB;
export const snapshotRequestMs = 1 * secondMs;
export const maxWatchCreditBytes = 8 * MiB;
export const maxWatchesPerViewer = 64;
/** Runs that are opened for one viewer at the same time; the others wait. */
export const maxOpeningWatches = 4;
/** Distance between two remembered places of a log (seq, bytes, time), by which “how far behind” is answered. */
export const markBytes = 16 * KiB;
export const markMs = 250;
export const maxMarkedBytes = 1 * MiB;
/** One hole in what a runner sends is one question, however many frames come behind it; unanswered it is asked again. */
export const resendAgainMs = 1 * secondMs;
/** How often a log that could not be written is tried again. */
export const storageRetryMs = 1 * secondMs;

// ── What is over
/** Fewest days for which ended runs are kept: longer than keepers hold what is stored here, or it would come once more. */
export const minKeepDays = 8;
/** Ended runs that are removed before the next look at what else is too old. */
export const removalBatch = 100;

// ── Sockets
export const authenticateMs = 5 * secondMs;
export const maxUnauthenticatedPerAddress = 64;
export const maxUnauthenticated = 512;
export const maxSockets = 50_000;
/** How often quiet sockets are pinged and quiet event streams get a comment. One that answers no ping in that time is closed. */
export const defaultKeepAliveMs = 15 * secondMs;
export const pingSlots = 60;
/** Largest message of a viewer: a paste, or a command. */
export const maxViewerMessageBytes = 128 * KiB;
/** Terminal output waiting in one viewer's socket; more of it waits in the log. */
export const maxViewerOutputQueueBytes = 128 * KiB;
/** Documents of the team's state in one message; a larger document has a message of its own, up to `maxControlBytes`. */
export const maxStatePageBytes = 256 * KiB;
/** Documents that change while a viewer is still behind with its state; one with more of them is closed. */
export const maxLaterDocuments = 10_000;
/** Everything waiting in one viewer's socket: the largest document, output, and some. A viewer over it is closed and comes back. */
export const maxViewerQueueBytes = 2 * MiB;
/** Everything waiting in all sockets together; over it the longest queue is closed. */
export const maxAllQueuesBytes = 128 * MiB;
export const maxRunnerQueueBytes = 8 * MiB;
/** Changes of documents are gathered for this long before viewers are told. */
export const changedCoalesceMs = 15;
export const watchersCoalesceMs = 100;
/** How long the other side may take to answer a close, before its socket is cut. */
export const closeHandshakeMs = 2 * secondMs;
export const sweepMs = 250;

// ── The process
export const shutdownMs = 2_500;

/** How long a local user is asked whether a port may be shown. */
export const previewAskMs = 60_000;
/** How many previews that were closed are remembered, so that who comes to one is told so … */
export const maxClosedPreviews = 200;
/** … and how long. */
export const closedPreviewMs = 7 * 24 * 60 * 60 * 1000;
/** How long a browser that was let into a preview stays in. */
export const previewGrantMs = 12 * 60 * 60 * 1000;
/** How many grants are remembered whose signature was checked: a page asks a hundred times with the same one. */
export const maxCheckedGrants = 1_000;
/** The answer of a dev server to the first byte; it may be building. */
export const previewAnswerMs = 130_000;
/** Connections to a dev server that wait for the next request, and how long: servers give up theirs after five seconds. */
export const maxIdleConnections = 64;
export const idleConnectionMs = 2_000;
/** How long a page that waits for its server is let wait for one answer. */
export const previewStateMs = 20_000;
/** How long a request of the relay's own may take to come. */
export const requestMs = 60_000;
/** How long a request waits for the tunnel of a runner that is here: it is made when the first port is shown. */
export const tunnelWaitMs = 5_000;
/** Requests and sockets of one member to all previews at the same time: others find room in each tunnel. */
export const maxPreviewRequestsPerMember = 400;
/** The same of all guests of one link together … */
export const maxPreviewRequestsPerShare = 200;
/** … and of all guests of one runner, so that members find room in its tunnel. */
export const maxGuestRequestsPerRunner = 500;
/** Links to previews that are good at the same time. */
export const maxSharesPerPreview = 20;
export const maxShares = 1_000;
