import { devServerAgent } from "#protocol/documents";
import type { ProfileInput } from "#runner/core/profile-schema";

/**
 * The server of a project at work: a command line that is there to stay until somebody stops it. It takes no slot of
 * its folder's queue, and its ports are shown. As with the shell, the lines that run unasked are the local user's: those
 * of the configuration, and those of the projects that stand in the folder.
 */
export const devServer: ProfileInput = {
  id: devServerAgent,
  name: "Dev Server",
  icon: "server-process",
  command: "{shell}",
  versionArguments: [],
  allowedLines: [],
  modes: {
    interactive: {
      arguments: ["{prompt}"],
      access: { full: {} },
      prompt: { via: "argument", arguments: ["{prompt}"], required: true },
      watchesPorts: true,
      cancelSignals: ["SIGINT", "SIGTERM"],
    },
  },
};
