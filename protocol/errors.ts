import * as z from "zod";
import { maxErrorParamLength, maxErrorParamsJsonBytes } from "#protocol/caps";

/**
 * Errors travel as `{code, params}`. Codes never change their meaning; the text is made where a person reads it,
 * from this one table: what happened, what was not lost, what to do. `status` is the HTTP status of RFC 9457.
 */
type Params = Record<string, string | number | boolean>;
interface ErrorRow {
  readonly status: number;
  readonly text: (params: Params) => string;
}

const rows = {
  // The wire
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

  // Requests
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

  // Who may
  not_signed_in: {
    status: 401,
    text: () => "You are not signed in. Open a sign-in link, or ask an owner for an invitation.",
  },
  session_expired: { status: 401, text: () => "Your session has ended. Sign in again with a new link." },
  session_reused: {
    status: 401,
    text: () => "This session was used from two places, so it was ended. Sign in again with a new link.",
  },
  role_required: {
    status: 403,
    text: (p) => `This needs the role “${p.required}”; yours is “${p.role}”. An owner can change it.`,
  },
  scope_required: { status: 403, text: (p) => `This token lacks the scope “${p.required}”.` },
  host_refused: {
    status: 421,
    text: (p) =>
      `This relay does not answer for ${p.host}; it is at ${p.expected}. Use that address, or start the relay with --public-url.`,
  },
  origin_refused: {
    status: 403,
    text: (p) => `Requests from ${p.origin} are refused; this relay is at ${p.expected}.`,
  },
  link_invalid: { status: 400, text: () => "This link was used before or is too old. Ask for a new one." },
  ticket_invalid: {
    status: 401,
    text: () => "The ticket of this connection was used before or is too old. Reload the page.",
  },
  invitation_invalid: {
    status: 400,
    text: () => "This invitation was used up, withdrawn or is too old. Ask an owner for a new one.",
  },
  last_owner: { status: 409, text: () => "This is the last owner. Make somebody else an owner first." },
  not_yours: { status: 403, text: (p) => `This ${p.what} is somebody else's, so its content is theirs to change.` },
  runner_prompt_refused: {
    status: 403,
    text: (p) => `${p.runner} does not take prompts or typing from you. Its member can allow it.`,
  },

  // Pairing
  pairing_pending: { status: 428, text: () => "Nobody has approved this code yet." },
  pairing_declined: { status: 403, text: () => "The request was declined." },
  pairing_invalid: {
    status: 404,
    text: () => "This code is wrong, was used, or is too old. Start again where it was shown.",
  },
  join_token_invalid: {
    status: 403,
    text: () => "This join token is used up, withdrawn or too old. Ask an owner for a new one.",
  },
  relay_changed: {
    status: 409,
    text: (p) =>
      `At ${p.relay} another relay answers than the one that this folder was connected to. Nothing was sent to it, and what runs goes on. If the relay was set up anew, connect again.`,
  },
  pairing_damaged: {
    status: 500,
    text: () =>
      "How this folder was connected to its relay can no longer be read. What was kept is set aside, and what runs goes on; connect again.",
  },
  signature_invalid: { status: 401, text: () => "The runner could not prove its key. Pair it again." },
  runner_revoked: {
    status: 403,
    text: (p) => `This runner was revoked by ${p.by}. Its runs are kept; pair it again to go on.`,
  },
  runner_replaced: {
    status: 409,
    text: (p) =>
      `Another window or runner now serves this folder (${p.host}). This one takes no prompts any more; what runs goes on.`,
  },

  // Prompts and runs
  prompt_not_queued: { status: 409, text: (p) => `The prompt is ${p.state}, so it can no longer be changed.` },
  prompt_state_refused: { status: 409, text: (p) => `This is not possible while the prompt is ${p.state}.` },
  no_such_agent: { status: 422, text: (p) => `${p.runner} has no agent “${p.agent}”.` },
  queue_full: { status: 429, text: (p) => `The queue holds ${p.max} prompts, its cap. Cancel some or wait.` },
  run_ended: { status: 409, text: () => "The run has ended." },
  claim_given_up: {
    status: 409,
    text: () => "This claim was answered with “never seen”, so it is not started. The prompt is back in the queue.",
  },
  run_never_seen: { status: 404, text: () => "The keeper has never seen this run." },
  runner_away: { status: 503, text: (p) => `${p.runner} is away. This is possible when it is back; its work goes on.` },
  input_lease_lost: { status: 409, text: () => "Somebody else has the keyboard now. What you typed was not sent." },
  input_lease_held: { status: 409, text: (p) => `${p.by} is typing right now. Try again in a moment.` },
  input_lease_needed: { status: 409, text: () => "Take the keyboard first." },
  input_too_large: { status: 413, text: (p) => `One input may have ${p.maxBytes} bytes. Nothing was typed.` },
  input_not_read: { status: 409, text: () => "The program does not read its input right now. Nothing was typed." },
  snapshot_unavailable: { status: 404, text: () => "There is no picture of this terminal yet." },

  // Previews
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
  preview_closed: { status: 410, text: () => "This preview was closed. Ask for a new one where it was opened." },
  preview_unanswered: {
    status: 502,
    text: (p) => `Nothing answers on port ${p.port} of ${p.runner}. Start the server there, then reload.`,
  },
  preview_needs_entry: {
    status: 401,
    text: () => "Open this preview from the dashboard or the editor: this browser was not let in yet.",
  },
  share_over: {
    status: 410,
    text: () =>
      "This link lets nobody in: it was revoked, its time is over, or a part of it is missing. Ask whoever gave it to you for a new one.",
  },
  share_public_off: {
    status: 409,
    text: () =>
      "This relay lets nobody in who is not on the team. Share with members, or ask who runs the relay for --public-shares on.",
  },

  // Templates
  template_unknown: { status: 404, text: (p) => `There is no template “${p.id}” here.` },
  template_source_refused: { status: 422, text: (p) => `“${p.source}” cannot be fetched: ${p.reason}.` },
  template_unreachable: {
    status: 502,
    text: (p) => `${p.repository} could not be fetched: ${p.reason}. No file was changed; try again.`,
  },
  template_ref_unknown: {
    status: 404,
    text: (p) => `${p.repository} has no branch, tag or commit “${p.ref}”. No file was changed.`,
  },
  template_folder_unknown: {
    status: 404,
    text: (p) => `${p.repository} has no folder “${p.folder}” with files in it. No file was changed.`,
  },
  template_too_large: {
    status: 413,
    text: (p) => `The template has more than ${p.max} ${p.what}, the cap. No file was changed.`,
  },
  template_invalid: { status: 422, text: (p) => `The template's template.json is wrong: ${p.reason}.` },
  template_path_refused: {
    status: 422,
    text: (p) => `The template holds “${p.path}”, which is refused: ${p.reason}. No file was changed.`,
  },
  template_variable_invalid: { status: 422, text: (p) => `“${p.variable}” of the template: ${p.reason}.` },
  template_over_files: {
    status: 409,
    text: (p) =>
      `${p.folder} has files already, of which the template would change ${p.changes === 0 ? "none" : p.changes}. Nothing was changed; choose an empty folder, or agree where you are shown the list.`,
  },
  template_target_refused: {
    status: 409,
    text: (p) => `The template cannot be placed at ${p.path}: ${p.reason}. Nothing was changed.`,
  },
  template_not_placed: {
    status: 500,
    text: (p) => `The template could not be written to ${p.folder} (${p.reason}). What was there is as it was.`,
  },
  template_cancelled: { status: 409, text: () => "Placing the template was cancelled. What was there is as it was." },
  git_missing: { status: 422, text: () => "Git is not installed here, and this template comes from a repository." },
  preview_not_public: {
    status: 403,
    text: (p) =>
      `${p.runner} shows nothing at a public address. Its local user can allow it, as the relay has no host names for previews.`,
  },

  preview_address_pending: {
    status: 503,
    text: () => "The public address of this preview is being made. Try again in a moment.",
  },

  // Public addresses, through Cloudflare
  cloudflared_missing: {
    status: 422,
    text: () =>
      "cloudflared is not on the machine of the port. Install it there, so that it is found on PATH, or let Baton do it: “baton cloudflared --install”.",
  },
  cloudflared_unusable: {
    status: 422,
    text: (p) => `${p.file} is no cloudflared that runs here (${p.reason}). Nothing was changed; name another one.`,
  },
  cloudflared_not_installed: {
    status: 502,
    text: (p) =>
      `cloudflared could not be installed (${p.reason}). Nothing was changed. Try again, or install it yourself, so that it is found on PATH.`,
  },
  tunnel_failed: {
    status: 502,
    text: (p) =>
      `The Cloudflare tunnel to port ${p.port} is down: ${p.reason}. The server there goes on; the tunnel is made again by itself.`,
  },
  tunnel_not_ready: {
    status: 504,
    text: (p) =>
      `cloudflared had no connection to Cloudflare within ${p.seconds} s. A network that blocks port 7844 does that. The server on port ${p.port} goes on; the tunnel is tried again by itself.`,
  },
  tunnel_rate_limited: {
    status: 429,
    text: () =>
      "Cloudflare gives this machine no more quick tunnels for now (429 Too Many Requests). It is asked again by itself, in minutes; a tunnel of your own, with a token, has no such limit.",
  },
  tunnel_refused: {
    status: 403,
    text: (p) => `Cloudflare refuses the tunnel: ${p.reason}. Set its token again, then show the port again.`,
  },
  tunnel_ended: {
    status: 409,
    text: (p) =>
      `The Cloudflare tunnel to port ${p.port} was ended on its machine. Close the preview and show the port again for another one.`,
  },
  tunnel_elsewhere: {
    status: 409,
    text: (p) =>
      `Your tunnel leads ${p.hostname} to ${p.service}, and not to port ${p.port}. Change that in Cloudflare's dashboard, then show the port again.`,
  },

  // Runner and keeper
  workspace_untrusted: { status: 403, text: (p) => `${p.folder} is not trusted, so nothing runs in it.` },
  runner_paused: { status: 409, text: () => "The runner is paused. The prompt waits in the queue." },
  agent_not_allowed: { status: 403, text: (p) => `The agent “${p.agent}” is not allowed on this runner.` },
  agent_missing: { status: 422, text: (p) => `${p.agent} is not installed here. ${p.install}` },
  profile_invalid: { status: 422, text: (p) => `${p.file}:${p.line}: ${p.field}: ${p.reason}.` },
  profile_mode_unsupported: { status: 422, text: (p) => `${p.agent} has no mode “${p.mode}”.` },
  profile_access_unsupported: {
    status: 422,
    text: (p) => `${p.agent} has no access level “${p.access}” in mode “${p.mode}”.`,
  },
  profile_resume_unsupported: {
    status: 422,
    text: (p) => `${p.agent} cannot continue an earlier session in mode “${p.mode}”. Queue it as a new prompt.`,
  },
  session_unknown: {
    status: 422,
    text: (p) => `${p.agent} left no session behind that could be continued. Queue it as a new prompt.`,
  },
  command_line_not_allowed: {
    status: 403,
    text: (p) => `${p.agent} runs only the command lines that the local user allowed, and this is not one of them.`,
  },
  template_not_allowed: {
    status: 403,
    text: (p) => `${p.repository} is no repository that the local user lets prompts begin with.`,
  },
  folder_not_allowed: { status: 403, text: (p) => `${p.folder} is outside of what this runner may use.` },
  environment_not_allowed: { status: 403, text: (p) => `The variable ${p.name} is not on this runner's allow-list.` },
  file_set_aside: {
    status: 500,
    text: (p) =>
      `${p.file} could not be read (${p.reason}). It is kept as ${p.aside}, and a new one takes its place. Runs and their logs are untouched; where you are asked to connect again, do so.`,
  },
  disk_full: {
    status: 507,
    text: (p) =>
      `There is no room on the disk for Baton (${p.reason}). What runs goes on, and nothing that was kept is lost. Make room; it is tried again by itself.`,
  },
  run_held_up: {
    status: 507,
    text: (p) =>
      `“${p.title}” is held up: the disk takes nothing of its log (${p.reason}). Nothing of it is lost. Make room, and it goes on by itself.`,
  },
  folder_not_served: {
    status: 503,
    text: (p) => `${p.folder} is not served: ${p.reason} What runs goes on, and it is tried again by itself.`,
  },
  spawn_failed: { status: 500, text: (p) => `${p.command} could not be started: ${p.reason}.` },
  relay_not_started: {
    status: 500,
    text: (p) => `The relay did not start: ${p.reason}. Nothing is lost; what it knows lies in its data folder.`,
  },
  relay_not_stopped: {
    status: 500,
    text: (p) => `The relay (process ${p.pid}) has not ended yet. It may be writing; try again in a moment.`,
  },
  keeper_unreachable: { status: 503, text: (p) => `The keeper does not answer (${p.reason}). Running agents go on.` },
  keeper_token_invalid: { status: 401, text: () => "The keeper refused the token of this process." },
  keeper_failed: {
    status: 500,
    text: (p) =>
      `The keeper could not do this (${p.reason}). Running agents go on, and what they have said is kept. Try again; its log, keeper.log, has more.`,
  },
  share_changed: {
    status: 409,
    text: (p) =>
      `The run was not shared: its folder is no longer connected to ${p.relay}. It goes on, and is seen only here.`,
  },
  keeper_too_old: {
    status: 409,
    text: () =>
      "This run is held by a keeper of an older version, which cannot share it. It goes on, and is seen only here.",
  },
  keeper_busy: { status: 429, text: (p) => `The keeper already holds ${p.max} runs, its cap.` },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof rows;
export const errorCodes = Object.keys(rows) as ErrorCode[];

/** An error on the wire. Codes of a newer peer survive, so `code` is any string. */
export const WireError = z.object({
  code: z.string().min(1).max(64),
  params: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .refine((params) => new TextEncoder().encode(JSON.stringify(params)).length <= maxErrorParamsJsonBytes, {
      message: `at most ${maxErrorParamsJsonBytes} bytes as JSON`,
    })
    .default({}),
});
export type WireError = z.infer<typeof WireError>;

/** A failure that a person may see. `message` is the text of the table, for logs; a UI makes its own from `code`. */
export class BatonError extends Error {
  readonly code: ErrorCode;
  readonly params: Params;

  constructor(code: ErrorCode, params: Params = {}, options?: ErrorOptions) {
    super(errorText({ code, params }), options);
    this.name = "BatonError";
    this.code = code;
    this.params = params;
  }

  /** As it is sent: long params, a path or what a program said, are cut to what the other side takes. */
  toJSON(): WireError {
    return { code: this.code, params: Object.fromEntries(Object.entries(this.params).map(shortened)) };
  }
}

/** The sentence for a person. A code this version does not know is shown by its name. */
export function errorText(error: { readonly code: string; readonly params?: Params }): string {
  const row = isErrorCode(error.code) ? (rows[error.code] as ErrorRow) : undefined;
  return row ? row.text(new Proxy(error.params ?? {}, missingAsDots)) : `The other side reports “${error.code}”.`;
}

/** A peer may leave out a param that our text names; the sentence then shows a gap, not the word “undefined”. */
const missingAsDots: ProxyHandler<Params> = {
  get: (params, name) => (typeof name === "string" && Object.hasOwn(params, name) ? params[name] : "…"),
};

/** The HTTP status of a code; 500 for one this version does not know. */
export const errorStatus = (code: string): number => (isErrorCode(code) ? rows[code].status : 500);

/** The error a peer sent, as one of ours. A code this version does not know becomes `internal`'s class but keeps its text. */
export function errorFromWire(error: WireError): BatonError | UnknownPeerError {
  return isErrorCode(error.code) ? new BatonError(error.code, error.params) : new UnknownPeerError(error);
}

/** A peer's error with a code that this version does not know. */
export class UnknownPeerError extends Error {
  readonly code: string;
  readonly params: Params;
  constructor(error: WireError) {
    super(errorText(error));
    this.name = "UnknownPeerError";
    this.code = error.code;
    this.params = error.params;
  }
}

const shortened = ([name, value]: [string, Params[string]]): [string, Params[string]] => [
  name,
  typeof value === "string" && value.length > maxErrorParamLength ? `${value.slice(0, maxErrorParamLength)}…` : value,
];

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(rows, code);
