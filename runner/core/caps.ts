/** The caps of the runner's core, each with its unit. Those of the wire stand in `#protocol/caps`. */

const KiB = 1024;

/** Backoff between attempts to reach the relay: full jitter between 0 and a ceiling that grows from the first … */
export const firstBackoffMs = 500;
/** … to this one. */
export const maxBackoffMs = 30_000;
/** A link that was up for this long was healthy, so the next attempt starts from the first ceiling again. */
export const healthyUptimeMs = 1_000;
/** While the relay stays away, how often the log says so again. */
export const linkDownSaidEveryMs = 60_000;
/** From dialling to `welcome`. */
export const connectTimeoutMs = 15_000;
/** Nothing heard for this long, not even a pong: the peer is dead. Below the 20 s after which a runner is `away`. */
export const deadPeerMs = 15_000;
/** The heartbeat's timer came this much too late: the machine slept, and the socket is not to be trusted. */
export const sleepJumpMs = 10_000;
/** From a request on the link to its reply. */
export const replyTimeoutMs = 15_000;
/** How often the report is made anew and sent if it changed. */
export const reportEveryMs = 30_000;

/** Bytes of one run that were sent to the relay, or wait to be, and are not durable there. */
export const runWindowBytes = 1024 * KiB;
/** While the socket holds more than this, bulk output waits in the outbox, where it can be overtaken. */
export const maxSocketBufferedBytes = 64 * KiB;
/** A run takes turns of this many bytes when several have output waiting. */
export const turnBytes = 32 * KiB;
/** Ended runs that are sent again at the same time; running ones are always sent. */
export const maxEndedRunsInFlight = 8;
/** Runs that a hello can name. */
export const maxHelloRuns = 1_000;
/** Offers that are held while they are decided. */
export const maxHeldOffers = 1_000;
/** Questions to the local user that are open at the same time; further prompts wait behind them. */
export const maxOpenQuestions = 8;
/** Until a claim that was refused for now is tried again. */
export const claimAgainMs = 2_000;
/** Ended runs that the status keeps, and that stay with the outbox when they are delivered. */
export const maxEndedRunViews = 50;
/** Ended and delivered runs that are remembered, for a relay that was restored: as many as a hello can name. */
export const maxDeliveredRuns = maxHelloRuns;
/** The longest limit for the time of a run that anybody can set, 30 days … */
export const longestRunMinutes = 43_200;
/** … and the shortest that counts. */
export const shortestRunMs = 1_000;
/** A run that is older than this when it is first seen has no evidence of its start. */
export const lateStartMs = 5_000;
/** Evidence of an end that is longer ago says so. */
export const lateEndMs = 1_000;
/** Between attempts to reach the keeper again. */
export const keeperRetryMs = 500;
export const maxKeeperRetryMs = 10_000;
/** A person who starts a run by hand waits this long for the keeper. */
export const keeperWaitMs = 20_000;
/** Older keepers are waited for this long; what they hold may also come later. */
export const olderKeepersMs = 1_000;

/** How often a runner says that it still wants a tunnel … */
export const tunnelWantedEveryMs = 5_000;
/** … and how long it does so while it has no relay, which could take the preview back. */
export const tunnelGraceMs = 60_000;
/** Between attempts to start the process of a tunnel, which starts cloudflared again by itself. */
export const firstTunnelStartMs = 1_000;
export const maxTunnelStartMs = 60_000;

export const titleLength = 80;
/** The size of a terminal that nobody has looked at yet. */
export const defaultTerminalSize = { cols: 100, rows: 30 } as const;

/** A run that another one replaces ends within this: its signals, SIGKILL, and the sweep. */
export const endRunMs = 20_000;

/** A port of a run that could not be shown is tried again after this. */
export const previewAgainMs = 3_000;
/** Lower ports belong to the system. */
export const lowestShownPort = 1_024;

/** The server that a build has asked for is started until this long after the build was, and not out of the blue. */
export const buildServerMs = 24 * 60 * 60_000;
