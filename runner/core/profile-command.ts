import * as z from "zod";
import type { Access, RunMode } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import {
  type Profile,
  type ProfileMode,
  type ProfileSession,
  type placeholders,
  uuidPattern,
} from "#runner/core/profile-schema";

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
  /** The local user's shell and its option for a command line. */
  readonly shell?: readonly string[];
  /** The folder where `files` will be. Private to the user and readable by the agent. */
  readonly filesFolder: string;
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
  };
  const view = options.viewer ? mode.liveView : undefined;
  const lists: Lists = {
    access: access.arguments,
    session: sessionArguments(mode.session, options),
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
  };
}

/** How the CLI's own name of a session is found, for one that it neither prints nor lets us choose. */
export interface SessionLookup {
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly idField: string;
  readonly titleField: string;
  readonly title: string;
}

/**
 * What has to be run, in the folder and environment of the ended run, before its session can be resumed; undefined
 * where `sessionId` is the CLI's own already. Its stdout goes to `parseListedSession`.
 */
export function sessionLookup(
  profile: Profile,
  options: { readonly sessionId: string; readonly cwd: string; readonly node: string },
): SessionLookup | undefined {
  const mode = Object.values(profile.modes).find((candidate) => candidate.session?.listed);
  const listed = mode?.session?.listed;
  if (!listed || !new RegExp(`^${uuidPattern}$`).test(options.sessionId)) return undefined;
  const values: Values = { sessionId: options.sessionId, cwd: options.cwd, node: options.node, prompt: "", files: "" };
  return {
    argv: [filled(profile.command, values), ...listed.arguments.map((text) => filled(text, values))],
    env: mapValues(mode.env, (text) => filled(text, values)),
    idField: listed.idField,
    titleField: listed.titleField,
    title: filled(listed.title, values),
  };
}

/** The CLI's own id of the session with our title, or undefined. @param stdout what the lookup printed */
export function parseListedSession(lookup: SessionLookup, stdout: string): string | undefined {
  const sessions = Sessions.safeParse(parsedJson(stdout)).data ?? [];
  const session = sessions.find((candidate) => candidate[lookup.titleField] === lookup.title);
  const id = session?.[lookup.idField];
  return typeof id === "string" ? id : undefined;
}

/** The id of the session in what a CLI printed, escape sequences and all; undefined before it has printed it. */
export function parsePrintedSession(
  learns: NonNullable<ProfileSession["printed"]>,
  output: string,
): string | undefined {
  const found = [...output.replace(escapeSequence, "").matchAll(new RegExp(learns.pattern, "g"))];
  return (learns.pick === "first" ? found[0] : found.at(-1))?.[1];
}

type Values = Readonly<Record<(typeof placeholders)[number], string>>;
type Lists = Readonly<Record<string, readonly string[]>>;

function modeOf(profile: Profile, name: RunMode): ProfileMode {
  const mode = profile.modes[name];
  if (!mode) throw new BatonError("profile_mode_unsupported", { agent: profile.name, mode: name });
  return mode;
}

function checkPrompt(profile: Profile, mode: ProfileMode, options: CommandOptions): void {
  const { prompt } = options;
  if (profile.allowedLines && !options.approved && !profile.allowedLines.includes(prompt)) {
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

function expanded(templates: readonly string[], lists: Lists, values: Values): string[] {
  return templates.flatMap((template) => {
    const list = lists[/^\{([A-Za-z]+)\}$/.exec(template)?.[1] ?? ""] ?? [template];
    return list.map((text) => filled(text, values));
  });
}

/** A CLI that was not told our id does not know it. */
const namesSession = (template: string): boolean => template.includes("{sessionId}");

/** Fills in one pass, so that a prompt which itself looks like a placeholder stays as it is. */
const filled = (template: string, values: Values): string =>
  template.replace(/\{(prompt|sessionId|cwd|node|files)\}/g, (whole, name: keyof Values) => values[name] ?? whole);

const mapValues = (record: Readonly<Record<string, string>>, map: (text: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(record).map(([key, text]) => [key, map(text)]));

/** An id from a log goes into arguments, so it must not look like an option. */
const safeSessionId = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}$/;

/** CSI, OSC and two-byte escape sequences (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const escapeSequence = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;

const Sessions = z.array(z.record(z.string(), z.unknown()));

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
