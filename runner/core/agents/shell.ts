import type { ProfileInput } from "#runner/core/profile-schema";

/** A shell keeps no level of access, so it has only the one that promises nothing. */
const commandLine = {
  arguments: ["{prompt}"],
  access: { full: {} },
  prompt: { via: "argument" as const, arguments: ["{prompt}"], required: true },
  cancelSignals: ["SIGINT" as const, "SIGTERM" as const],
};

/**
 * A command line that the local user allowed: the lines stand in the user's configuration, or the user was asked.
 * `interactive` is for what runs on, such as a dev server, because it takes no slot of the folder's queue.
 */
export const shell: ProfileInput = {
  id: "shell",
  name: "Shell",
  icon: "terminal",
  command: "{shell}",
  versionArguments: [],
  allowedLines: [],
  modes: { once: commandLine, interactive: commandLine },
};
