import type { ErrorRows } from "#protocol/errors/row";

/** What goes wrong on a wire. */
export const wireErrors = {
  protocol_version_unsupported: {
    status: 426,
    text: (p) => `The other side speaks protocol ${p.theirs}, this one ${p.ours}. Update the older of the two.`,
  },
  frame_malformed: { status: 400, text: (p) => `A binary frame could not be read: ${p.reason}.` },
  frame_too_large: {
    status: 413,
    text: (p) => `A message of ${p.bytes} bytes is over the cap of ${p.maxBytes} bytes.`,
  },
  message_malformed: { status: 400, text: (p) => `The message could not be read: ${p.reason}.` },
  record_damaged: {
    status: 400,
    text: (p) => `A record failed its check at byte ${p.offset}. Everything before it is kept.`,
  },
  not_a_relay: {
    status: 502,
    text: (p) =>
      `What answers at ${p.address} is no relay of Baton (${p.reason}). Nothing was changed; check the address.`,
  },
  timeout: { status: 504, text: (p) => `No answer to “${p.what}” within ${p.seconds} s. Nothing was lost; try again.` },
  connection_lost: { status: 503, text: () => "The connection was lost. It is being made again; nothing was lost." },
} satisfies ErrorRows;
