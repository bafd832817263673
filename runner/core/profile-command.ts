import type { Access, RunMode } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { Profile, ProfileMode, ProfileSession } from "#runner/core/profile-schema";
import { expanded, filled, type Lists, mapValues, type Values } from "#runner/core/profile-template";

/**
 * The longest prompt that is given as an argument. Linux takes 128 KiB in one argument (MAX_ARG_STRLEN), zero byte and
 * option name included; the host of Windows, where the whole command line has 32,767 characters, passes a smaller one.
 */
const maxPromptArgumentBytes = 120 * 1024;

export interface CommandOptions {
  readonly mode: RunMode;
  readonly access: Access;
  /** "" in `interactive`: the CLI starts and waits to be typed to. */
  readonly prompt: string;
  /** The id of the session where the CLI lets us choose it, and the mark we find it by where it does not. A random
   * UUID (version 4), see `agents/gemini.ts`. */
  readonly sessionId?: string;
  /** Goes on with this session, as the CLI itself calls it (see `sessionLookup`). */
  readonly resume?: { readonly sessionId?: string | undefined } | undefined;
  readonly cwd: string;
  /** The executable of Node. */
  readonly node: string;
  /** The local user's shell and its options for a command line in this mode. */
  readonly shell?: readonly string[];
  /** The folder where `files` will be. Private to the user and readable by the agent. */
  readonly filesFolder: string;
  /** Holds the files that came with the prompt, and nothing else. */
  readonly attachedFolder?: string;
  /** The command that renders a CLI's output for programs, `runner/node/agent-view.ts`; without it the CLI's own
   * output for people is used. */
  readonly viewer?: readonly string[];
  /** The local user has said yes to exactly this prompt, which outranks `allowedLines`. */
  readonly approved?: boolean;
  readonly maxPromptArgumentBytes?: number;
}

export interface ProfileCommand {
  /** The first element is looked up on PATH. */
  readonly argv: readonly [string, ...string[]];
  /** Given on a pipe or from a file instead of the terminal, to its end. Output stays on the terminal. */
  readonly stdin?: string;
  /** Laid over the rest of the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Contents by name, to be written into `filesFolder` before the start. */
  readonly files: Readonly<Record<string, string>>;
  /** The session as far as it is known before the start. */
  readonly sessionId?: string;
  /** The output tells the session, and outranks `sessionId`. See `parsePrintedSession`. */
  readonly learnsSession?: NonNullable<ProfileSession["printed"]>;
  readonly cancelSignals: ProfileMode["cancelSignals"];
  readonly watchesPorts: boolean;
}

/**
 * The command of a profile for one run.
 * @throws BatonError `profile_mode_unsupported`, `profile_access_unsupported`, `profile_resume_unsupported`,
 *   `session_unknown`, `command_line_not_allowed`, `request_invalid` for a prompt that this mode cannot take
 */
export function buildCommand(profile: Profile, options: CommandOptions): ProfileCommand {
  const mode = modeOf(profile, options.mode);
  const access = mode.access[options.access];
  if (!access) {
    throw new BatonError("profile_access_unsupported", {
      agent: profile.name,
      mode: options.mode,
      access: options.access,
    });
  }
  checkPrompt(profile, mode, options);
  const sessionId = options.resume ? resumedSession(profile, mode, options) : options.sessionId;
  const values: Values = {
    prompt: options.prompt,
    sessionId: sessionId ?? "",
    cwd: options.cwd,
    node: options.node,
    files: options.filesFolder,
    attached: options.attachedFolder ?? "",
  };
  const view = options.viewer ? mode.liveView : undefined;
  const lists: Lists = {
    access: access.arguments,
    session: sessionArguments(mode.session, options),
    attachments: options.attachedFolder === undefined ? [] : mode.attachments,
    prompt: mode.prompt.via === "argument" && options.prompt !== "" ? mode.prompt.arguments : [],
  };
  const command = [
    ...(profile.command === "{shell}" ? (options.shell ?? ["/bin/sh", "-c"]) : [filled(profile.command, values)]),
    ...expanded(mode.arguments, lists, values),
    ...(view?.arguments ?? []),
  ];
  const [first = "", ...rest] = view && options.viewer ? [...options.viewer, view.format, ...command] : command;
  return {
    argv: [first, ...rest],
    ...(mode.prompt.via === "stdin" ? { stdin: options.prompt } : {}),
    env: mapValues({ ...mode.env, ...access.env }, (text) => filled(text, values)),
    files: access.files,
    ...(sessionId !== undefined && lists.session?.some(namesSession) ? { sessionId } : {}),
    ...(mode.session?.printed ? { learnsSession: mode.session.printed } : {}),
    cancelSignals: mode.cancelSignals,
    watchesPorts: mode.watchesPorts,
  };
}

function modeOf(profile: Profile, name: RunMode): ProfileMode {
  const mode = profile.modes[name];
  if (!mode) throw new BatonError("profile_mode_unsupported", { agent: profile.name, mode: name });
  return mode;
}

function checkPrompt(profile: Profile, mode: ProfileMode, options: CommandOptions): void {
  const { prompt } = options;
  const isAllowed = !profile.allowedLines || (!mode.staysOpen && profile.allowedLines.includes(prompt));
  if (!isAllowed && !options.approved) {
    throw new BatonError("command_line_not_allowed", { agent: profile.name });
  }
  const isRequired = mode.prompt.via === "stdin" || (mode.prompt.via === "argument" && mode.prompt.required);
  if (prompt.trim() === "") {
    if (isRequired) throw promptRefused(`${profile.name} needs one`);
    return;
  }
  if (mode.prompt.via === "none") throw promptRefused(`${profile.name} takes none in mode “${options.mode}”`);
  if (options.resume && mode.session?.resumeTakesPrompt === false) {
    throw promptRefused(`${profile.name} takes none when it resumes in mode “${options.mode}”; type it there`);
  }
  if (mode.prompt.via === "stdin") return;
  const maxBytes = options.maxPromptArgumentBytes ?? maxPromptArgumentBytes;
  if (new TextEncoder().encode(prompt).length > maxBytes) {
    throw promptRefused(`longer than ${maxBytes} bytes, which ${profile.name} takes only in mode “once”`);
  }
  if (prompt.includes("\0")) throw promptRefused("it holds a zero byte");
}

const promptRefused = (reason: string): BatonError => new BatonError("request_invalid", { field: "prompt", reason });

function resumedSession(profile: Profile, mode: ProfileMode, options: CommandOptions): string {
  if (!mode.session) throw new BatonError("profile_resume_unsupported", { agent: profile.name, mode: options.mode });
  const sessionId = options.resume?.sessionId;
  if (sessionId === undefined || !safeSessionId.test(sessionId)) {
    throw new BatonError("session_unknown", { agent: profile.name });
  }
  return sessionId;
}

function sessionArguments(session: ProfileSession | undefined, options: CommandOptions): readonly string[] {
  if (!session) return [];
  if (options.resume) return session.resume;
  return options.sessionId === undefined ? [] : session.start;
}

/** A CLI that was not told our id does not know it. */
const namesSession = (template: string): boolean => template.includes("{sessionId}");

/** An id from a log goes into arguments, so it must not look like an option. */
const safeSessionId = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$/;
