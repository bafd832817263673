import { type ProfileInput, uuidPattern } from "#runner/core/profile-schema";

/** From the command reference of GitHub Copilot CLI; it needs an account, so it was not run here. */
export const copilot: ProfileInput = {
  id: "copilot",
  name: "Copilot CLI",
  icon: "copilot",
  command: "copilot",
  install: "Install it with “npm install -g @github/copilot”, then run “copilot login”.",
  // COPILOT_ALLOW_ALL is left out on purpose: it would lift every level to `full`.
  environmentKeys: [
    "COPILOT_GH_HOST",
    "COPILOT_GITHUB_TOKEN",
    "COPILOT_HOME",
    "COPILOT_MODEL",
    "GH_HOST",
    "GH_TOKEN",
    "GITHUB_TOKEN",
  ],
  modes: {
    once: {
      // A prompt on stdin is the same as -p; what is not allowed is refused without a question.
      arguments: ["--no-ask-user", "{access}", "{session}"],
      access: {
        read: { arguments: ["--deny-tool=write", "--deny-tool=shell"] },
        edit: { arguments: ["--allow-tool=write"] },
        full: { arguments: ["--allow-all"] },
      },
      prompt: { via: "stdin" },
      // Begins a session with this id, or goes on with it where it exists.
      session: { start: ["--session-id={sessionId}"], resume: ["--session-id={sessionId}"] },
      cancelSignals: ["SIGINT", "SIGTERM"],
    },
    interactive: {
      arguments: ["{access}", "{session}", "{prompt}"],
      access: {
        read: {},
        edit: { arguments: ["--allow-tool=write"] },
        full: { arguments: ["--allow-all"] },
      },
      prompt: { via: "argument", arguments: ["--interactive={prompt}"] },
      session: {
        start: ["--session-id={sessionId}"],
        resume: ["--session-id={sessionId}"],
        printed: { pattern: `copilot --resume=(${uuidPattern})`, pick: "last" },
      },
      cancelSignals: ["SIGINT", "SIGTERM"],
    },
  },
};
