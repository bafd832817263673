import * as z from "zod";
import { type Profile, type ProfileSession, uuidPattern } from "#runner/core/profile-schema";
import { filled, mapValues, type Values } from "#runner/core/profile-template";

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
  const values: Values = {
    sessionId: options.sessionId,
    cwd: options.cwd,
    node: options.node,
    prompt: "",
    files: "",
    attached: "",
  };
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
