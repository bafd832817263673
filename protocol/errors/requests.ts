import type { ErrorRows } from "#protocol/errors/row";

/** What a request is answered with. */
export const requestErrors = {
  request_invalid: { status: 400, text: (p) => `${p.field}: ${p.reason}.` },
  not_found: { status: 404, text: (p) => `There is no ${p.what} with this id.` },
  method_not_allowed: { status: 405, text: (p) => `${p.method} is not possible here.` },
  body_too_large: { status: 413, text: (p) => `The request is larger than ${p.maxBytes} bytes. Nothing was changed.` },
  rate_limited: {
    status: 429,
    text: (p) => `Too many changes in a short time. Try again in ${p.retryAfterSeconds} s.`,
  },
  too_many: { status: 429, text: (p) => `There are ${p.max} ${p.what} already, the cap. Remove some first.` },
  revision_conflict: {
    status: 409,
    text: () => "Somebody else changed this in the meantime. Look at it again, then repeat your change.",
  },
  idempotency_mismatch: {
    status: 409,
    text: () => "This idempotency key was used before with other content. Nothing was queued again.",
  },
  internal: {
    status: 500,
    text: (p) => `Something went wrong on the relay (${p.requestId}). Nothing acknowledged was lost.`,
  },
  storage_full: {
    status: 507,
    text: () => "The relay's disk is full. What was acknowledged is safe; work goes on when there is room again.",
  },
  storage_failed: {
    status: 503,
    text: (p) => `The relay could not write to its disk (${p.reason}). What was acknowledged is safe.`,
  },
  storage_behind: {
    status: 503,
    text: (p) => `The relay's disk is too slow: ${p.waiting} of ${p.max} wait for it. Nothing acknowledged was lost.`,
  },
  store_locked: {
    status: 503,
    text: (p) =>
      `Another relay (process ${p.pid} on ${p.host}) already uses ${p.folder}. Stop it, or choose another folder with --data.`,
  },
  store_newer: {
    status: 503,
    text: (p) =>
      `${p.file} was written by a newer Baton (form ${p.theirs}; this one knows ${p.ours}). Nothing was changed; start that version.`,
  },
  store_damaged: {
    status: 503,
    text: (p) =>
      `${p.file} cannot be read (${p.reason}). It was left as it is; restore it from a backup or move it away.`,
  },
  record_out_of_sequence: {
    status: 409,
    text: (p) => `Record ${p.seq} cannot follow record ${p.headSeq}. Nothing was stored; send again from there.`,
  },
  shutting_down: { status: 503, text: () => "The relay is restarting. Everything goes on in a moment." },
} satisfies ErrorRows;
