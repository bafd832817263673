import assert from "node:assert/strict";
import { builtInProfiles, type CommandOptions, type Profile, ProfileSchema } from "#runner/core/profiles";

/** What a profile's command is made of, in tests. */
export const sessionId = "3f8a4a35-7451-4104-beb6-7394573510bf";
export const base: CommandOptions = {
  mode: "once",
  access: "edit",
  prompt: "do it",
  sessionId,
  cwd: "/work",
  node: "/usr/bin/node",
  filesFolder: "/run/files",
};

/** Nothing that a shell, a terminal or a template would leave alone. */
export const oddPrompt = "-x --help \"two\" 'one'\nnext {cwd} {prompt} $HOME `ls` 😀";

export function builtIn(): Record<string, Profile> {
  return Object.fromEntries(builtInProfiles.map((profile) => [profile.id, profile]));
}

export function ownProfile(id: string, change: Partial<Profile>): Profile {
  const profile = builtInProfiles.find((candidate) => candidate.id === id);
  assert.ok(profile, id);
  return { ...profile, ...change };
}

/** Agents beside the built-in ones, for what no built-in one does. */
export const ownProfiles = {
  allowed: ownProfile("shell", { allowedLines: ["npm test"] }),
  silent: ProfileSchema.parse({
    id: "silent",
    name: "Silent",
    command: "silent",
    modes: { interactive: { arguments: ["{prompt}"], access: { read: {} }, prompt: { via: "none" } } },
  }),
} as const;
