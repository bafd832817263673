/** Every cap of the SDK, with its unit. */

/** Wait before the n-th try: a random time up to `firstRetryMs · 2ⁿ`, at most `maxRetryMs` (full jitter). */
export const firstRetryMs = 500;
export const maxRetryMs = 30_000;
/** A connection that lived this long was healthy, so the next failure starts from the first wait again. */
export const healthyUptimeMs = 10_000;
/** After this many tries without a welcome the relay counts as unreachable: the state is `offline`, tries go on. */
export const offlineAfterFailures = 4;

/** One HTTP request, all of it. */
export const requestTimeoutMs = 30_000;
/** How often a request that may be repeated is tried when its answer is lost. */
export const maxRequestTries = 3;
/** From dialling the viewer link to its `welcome`. */
export const welcomeTimeoutMs = 15_000;
/** A command on the viewer link that is answered by a reply. */
export const commandTimeoutMs = 10_000;
/** A link without a word for this long is asked whether it is still there … */
export const quietLinkMs = 20_000;
/** … and counts as dead when it does not answer in this time. */
export const pingTimeoutMs = 5_000;
/** Commands that wait for their reply at one time. */
export const maxPendingCommands = 64;

/** Credit is granted in pieces of this size, so that a small record does not cost a message of its own. */
export const creditStepBytes = 64 * 1024;
/** Watches of one run that are started again because records were missing, before what is there is taken. */
export const maxResyncTries = 3;

/** Prompts that wait in the outbox of one browser. */
export const maxOutboxPrompts = 100;
/** The relay knows an idempotency key for a day. An hour less, because the last try takes its time. */
export const outboxSendsForMs = 23 * 60 * 60 * 1000;
/** Longest draft that is kept. */
export const maxDraftLength = 256 * 1024;
