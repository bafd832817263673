import type { ProfileInput } from "#runner/core/profile-schema";

export const opencode: ProfileInput = {
  id: "opencode",
  name: "opencode",
  icon: "code",
  command: "opencode",
  install: "Install it with “npm install -g opencode-ai”, then run “opencode auth login”.",
  environmentKeys: [
    "ANTHROPIC_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_GENERATIVE_AI_API_KEY",
    "GROQ_API_KEY",
    "OPENAI_API_KEY",
    "OPENCODE_API_KEY",
    "OPENCODE_CONFIG",
    "OPENCODE_CONFIG_CONTENT",
    "OPENCODE_CONFIG_DIR",
    "OPENCODE_DISABLE_AUTOUPDATE",
    "OPENCODE_DISABLE_DEFAULT_PLUGINS",
    "OPENCODE_DISABLE_LSP_DOWNLOAD",
    "OPENCODE_DISABLE_MODELS_FETCH",
    "OPENROUTER_API_KEY",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
  ],
  modes: {
    once: {
      arguments: ["run", "{access}", "{session}"],
      // The permission of the environment is laid over the user's configuration; one that the user gave to a single
      // agent of theirs outranks it. What is asked about in `run` is refused at once.
      access: {
        read: { env: { OPENCODE_PERMISSION: '{"edit":"deny","bash":"deny"}' } },
        edit: { env: { OPENCODE_PERMISSION: '{"edit":"allow","bash":"ask"}' } },
        full: { arguments: ["--auto"] },
      },
      prompt: { via: "stdin" },
      // It makes the id and shows it nowhere, but it keeps the title that we give.
      session: {
        start: ["--title=baton {sessionId}"],
        resume: ["--session={sessionId}"],
        listed: {
          arguments: ["session", "list", "--format=json"],
          idField: "id",
          titleField: "title",
          title: "baton {sessionId}",
        },
      },
    },
    interactive: {
      arguments: ["{access}", "{session}", "{prompt}"],
      access: {
        read: { env: { OPENCODE_PERMISSION: '{"edit":"ask","bash":"ask"}' } },
        edit: { env: { OPENCODE_PERMISSION: '{"edit":"allow","bash":"ask"}' } },
        full: { arguments: ["--auto"] },
      },
      prompt: { via: "argument", arguments: ["--prompt={prompt}"] },
      // With --session it ignores --prompt.
      session: {
        resume: ["--session={sessionId}"],
        resumeTakesPrompt: false,
        printed: { pattern: "opencode -s (ses_[A-Za-z0-9]+)", pick: "last" },
      },
    },
  },
};
