import type { ErrorRows } from "#protocol/errors/row";

/** Runner and keeper. */
export const runnerErrors = {
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
} satisfies ErrorRows;
