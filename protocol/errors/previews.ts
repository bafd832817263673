import type { ErrorRows } from "#protocol/errors/row";

/** Previews and their links. */
export const previewErrors = {
  preview_off: {
    status: 409,
    text: () =>
      "This relay has no host names for previews. Start it with --preview-domain and a wildcard name that leads to it.",
  },
  preview_refused: {
    status: 403,
    text: (p) =>
      `${p.runner} does not show port ${p.port}. Its local user can allow it: when their editor asks, or as one of the “previewPorts” of their configuration.`,
  },
  port_taken: {
    status: 409,
    text: (p) => `Port ${p.port} is taken by ${p.by}. Nothing was started; port ${p.free} is free.`,
  },
  relay_needed: {
    status: 409,
    text: () => "This folder is connected to no relay right now. Connect it, or wait until the relay is back.",
  },
  preview_closed: {
    status: 410,
    text: () => "Somebody has closed this preview, or its server has ended. Ask for a new one where it was opened.",
  },
  preview_unanswered: {
    status: 502,
    text: (p) => `Nothing answers on port ${p.port} of ${p.runner}. Start the server there, then reload.`,
  },
  preview_needs_entry: {
    status: 401,
    text: () => "Open this preview from the dashboard or the editor: from there, this browser is let in.",
  },
  share_over: {
    status: 410,
    text: () =>
      "The link was revoked, its time is over, or a part of it is missing. Ask whoever gave it to you for a new one.",
  },
  share_public_off: {
    status: 409,
    text: () =>
      "This relay lets nobody in who is not on the team. Share with members, or ask who runs the relay for --public-shares on.",
  },
} satisfies ErrorRows;
