import type { ProfileInput } from "#runner/core/profile-schema";

/**
 * A shell keeps no level of access, so it has only the one that promises nothing. An interactive one takes no notice of
 * SIGINT and SIGTERM; it ends like every shell whose terminal is closed.
 */
const commandLine = {
  arguments: ["{prompt}"],
  access: { full: {} },
  prompt: { via: "argument" as const, arguments: ["{prompt}"], required: true },
  cancelSignals: ["SIGINT" as const, "SIGHUP" as const, "SIGTERM" as const],
};

/**
 * A command line that the local user allowed: the lines stand in the user's configuration, or the user was asked. In
 * `once` the run ends with the line. In `interactive` a login shell stays open behind it, in which whoever has the
 * keyboard types on: the local user is asked about each.
 */
export const shell: ProfileInput = {
  id: "shell",
  name: "Shell",
  icon: "terminal",
  command: "{shell}",
  versionArguments: [],
  allowedLines: [],
  modes: { once: commandLine, interactive: { ...commandLine, staysOpen: true } },
};
