import { plainText } from "#protocol/plain-text";
import { builtInProfiles, type Profile } from "#runner/core/profiles";

/** All of a proposal that decides what runs: what an access level adds can undo what the command line promises. */
export const describeProposal = (profile: Profile): string => {
  const known = builtInProfiles.find(({ id }) => id === profile.id);
  const title = `${profile.id} (${profile.name})${known ? `, in place of Baton's own ${known.name}` : ""}`;
  const modes = Object.entries(profile.modes).flatMap(([name, mode]) => [
    `    ${name}: ${[profile.command, ...mode.arguments].join(" ")}`,
    ...detail("{prompt}", mode.prompt.via === "argument" ? mode.prompt.arguments : []),
    ...detail("{session}", [...(mode.session?.start ?? []), ...(mode.session?.resume ?? [])]),
    ...detail("sets", assignments(mode.env)),
    ...Object.entries(mode.access).flatMap(([level, access]) => [
      ...detail(`${level} adds`, access.arguments),
      ...detail(`${level} sets`, assignments(access.env)),
      ...Object.entries(access.files).flatMap(([file, content]) => detail(`${level} writes ${file}`, [content])),
    ]),
    ...detail("looks up sessions with", mode.session?.listed?.arguments ?? []),
  ]);
  const lines = [
    ...detail("is asked for its version with", profile.versionArguments),
    ...detail("gets your", [...profile.environmentKeys, ...profile.requiredEnvironment]),
    ...detail("runs without asking", profile.allowedLines ?? []),
  ];
  return plainText([`  ${title}`, ...modes, ...lines].join("\n"));
};

const detail = (what: string, values: readonly string[]): string[] =>
  values.length > 0 ? [`      ${what}: ${values.map((value) => value.replace(/\s+/g, " ")).join(" ")}`] : [];

const assignments = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${value}`);
