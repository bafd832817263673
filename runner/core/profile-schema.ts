import * as z from "zod";
import { Access, AgentId, EnvironmentName, Name, RunMode } from "#protocol/documents";

/**
 * One agent CLI as data: how it is found, started, resumed and spoken to. The built-in table and the user's own
 * profiles have the same form, so nothing can be said here for one agent that cannot be said for another.
 *
 * Arguments are templates. An element that is exactly `{access}`, `{session}`, `{attachments}` or `{prompt}` gives way
 * to the list of that name, which may be empty. Inside any element these stand for one value each:
 */
export const placeholders = ["prompt", "sessionId", "cwd", "node", "files", "attached"] as const;
const splices = ["access", "session", "attachments", "prompt"] as const;

const Template = z
  .string()
  .max(8_192)
  .superRefine((text, context) => {
    for (const [whole, word = ""] of text.matchAll(/\{([A-Za-z]+)\}/g)) {
      if (!isOneOf(placeholders, word) && !(whole === text && isOneOf(splices, word))) {
        context.addIssue({ code: "custom", message: `“${whole}” is no placeholder of a profile` });
      }
    }
  });
const Templates = z.array(Template).max(64);
const EnvironmentTemplates = z.record(EnvironmentName, Template);

/** A regular expression with one group, which is the session's id. */
const SessionPattern = z
  .string()
  .max(400)
  .refine(isPatternWithOneGroup, "expected a regular expression with exactly one group");

/** What one access level adds. A level that a CLI cannot keep is absent, and a prompt that asks for it is refused. */
const AccessSchema = z.strictObject({
  arguments: Templates.default([]),
  env: EnvironmentTemplates.default({}),
  files: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, "expected a plain file name"), z.string().max(65_536))
    .default({})
    .describe("written into the folder that {files} names before the start"),
});

const SessionSchema = z.strictObject({
  start: Templates.default([]).describe("for a new session; with {sessionId} where the CLI lets us choose it"),
  resume: Templates.describe("for a follow-up; {sessionId} is the session to go on with"),
  resumeTakesPrompt: z.boolean().default(true),
  printed: z
    .strictObject({ pattern: SessionPattern, pick: z.enum(["first", "last"]) })
    .optional()
    .describe("the CLI prints the id of its session; escape sequences are taken out before the search"),
  listed: z
    .strictObject({
      arguments: Templates.describe("prints the sessions of the folder as a JSON array"),
      idField: z.string(),
      titleField: z.string(),
      title: Template.describe("the title that `start` gave to the session"),
    })
    .optional()
    .describe("the CLI makes the id and does not print it: it is looked up by title when it is needed"),
});

const ModeSchema = z.strictObject({
  arguments: Templates,
  access: z.partialRecord(Access, AccessSchema).refine((levels) => Object.keys(levels).length > 0, "no access level"),
  prompt: z.discriminatedUnion("via", [
    z.strictObject({ via: z.literal("stdin") }),
    z.strictObject({ via: z.literal("argument"), arguments: Templates, required: z.boolean().default(false) }),
    z.strictObject({ via: z.literal("none") }),
  ]),
  session: SessionSchema.optional(),
  attachments: Templates.default([]).describe(
    "where files came with the prompt: lets the CLI read the folder {attached}, which holds them and nothing else",
  ),
  env: EnvironmentTemplates.default({}),
  staysOpen: z
    .boolean()
    .default(false)
    .describe("commands can be typed behind the prompt, so `allowedLines` do not cover it: the local user is asked"),
  watchesPorts: z.boolean().default(false).describe("the ports that it opens are looked for, and shown"),
  cancelSignals: z
    .array(z.enum(["SIGINT", "SIGHUP", "SIGTERM"]))
    .max(4)
    .default(["SIGTERM"])
    .describe("to the process group, in this order, before SIGKILL and the sweep"),
  liveView: z
    .strictObject({ format: z.enum(["claude-stream-json"]), arguments: Templates })
    .optional()
    .describe("output for programs that Baton renders for people, for a CLI that is silent until its end"),
});

export const ProfileSchema = z.strictObject({
  id: AgentId,
  name: Name,
  icon: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "expected the name of a codicon")
    .default("terminal"),
  command: z
    .string()
    .min(1)
    .max(4_096)
    .describe("looked up on PATH; {node} is Node itself, {shell} the local user's shell and its options for a command"),
  versionArguments: z.array(z.string()).max(8).default(["--version"]).describe("empty: not asked for a version"),
  install: z.string().max(400).default("").describe("how to get it where it is missing, as a sentence"),
  environmentKeys: z.array(EnvironmentName).max(64).default([]).describe("passed on where they are set"),
  requiredEnvironment: z.array(EnvironmentName).max(16).default([]).describe("it cannot work without these"),
  allowedLines: z
    .array(z.string().min(1).max(4_096))
    .max(200)
    .optional()
    .describe("the only prompts it takes, compared as they are"),
  modes: z
    .partialRecord(RunMode, ModeSchema)
    .refine((modes) => Object.keys(modes).length > 0, "expected at least one mode"),
});

/** A complete profile. */
export type Profile = z.infer<typeof ProfileSchema>;
/** A profile as it is written down, with what has a default left out. */
export type ProfileInput = z.input<typeof ProfileSchema>;
export type ProfileMode = z.infer<typeof ModeSchema>;
export type ProfileSession = z.infer<typeof SessionSchema>;

/** How a UUID looks, for the patterns of sessions. */
export const uuidPattern = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

function isPatternWithOneGroup(pattern: string): boolean {
  try {
    return new RegExp(`${pattern}|`).exec("")?.length === 2;
  } catch {
    return false;
  }
}

const isOneOf = (words: readonly string[], word: string): boolean => words.includes(word);
