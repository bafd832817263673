import { type ProfileInput, uuidPattern } from "#runner/core/profile-schema";

/** It reads nothing outside of its folders without asking. */
const attachments = ["--add-dir={attached}"];

export const claude: ProfileInput = {
  id: "claude",
  name: "Claude Code",
  icon: "claude",
  command: "claude",
  install: "Install it with “npm install -g @anthropic-ai/claude-code”, then run “claude” once to sign in.",
  // IS_SANDBOX=1 is what lets root use the access “full”.
  environmentKeys: [
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_VERTEX_PROJECT_ID",
    "AWS_ACCESS_KEY_ID",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CONFIG_DIR",
    "CLOUD_ML_REGION",
    "DISABLE_AUTOUPDATER",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "IS_SANDBOX",
  ],
  modes: {
    once: {
      arguments: ["-p", "{access}", "{attachments}", "{session}"],
      access: {
        // Denied by name, so that no allow rule of the user's settings can let a write through. Without Bash it
        // offers the model its own Grep and Glob.
        read: { arguments: ["--permission-mode=default", "--disallowed-tools=Bash,Edit,Write,NotebookEdit"] },
        edit: { arguments: ["--permission-mode=acceptEdits"] },
        full: { arguments: ["--permission-mode=bypassPermissions"] },
      },
      prompt: { via: "stdin" },
      attachments,
      // Sessions belong to a folder: a follow-up runs in the folder of the run before.
      session: { start: ["--session-id={sessionId}"], resume: ["--resume={sessionId}"] },
      // Only SIGINT ends the tool's processes; after SIGTERM they live on. It exits 0 after SIGINT, so the exit code
      // does not tell that it was cancelled.
      cancelSignals: ["SIGINT", "SIGTERM"],
      // As text it prints nothing until the end, with --verbose too.
      liveView: {
        format: "claude-stream-json",
        arguments: ["--output-format=stream-json", "--verbose", "--include-partial-messages"],
      },
    },
    interactive: {
      arguments: ["{access}", "{attachments}", "{session}", "{prompt}"],
      access: {
        read: { arguments: ["--permission-mode=default"] },
        edit: { arguments: ["--permission-mode=acceptEdits"] },
        full: { arguments: ["--permission-mode=bypassPermissions"] },
      },
      prompt: { via: "argument", arguments: ["--", "{prompt}"] },
      attachments,
      session: {
        start: ["--session-id={sessionId}"],
        resume: ["--resume={sessionId}"],
        // /clear begins another session; the last line names the one that was open at the end.
        printed: { pattern: `claude --resume (${uuidPattern})`, pick: "last" },
      },
      cancelSignals: ["SIGINT", "SIGTERM"],
    },
  },
};
