import { type ProfileInput, uuidPattern } from "#runner/core/profile-schema";

/**
 * Without a terminal on stdin Gemini allows enter_plan_mode and exit_plan_mode by itself, and leaving the plan switches
 * to “yolo”: a model could so get from `read` or `edit` to everything. An admin policy outranks the user's rules.
 */
const geminiPolicy = (tools: readonly string[]): string =>
  `[[rule]]\ntoolName = ${JSON.stringify(tools)}\ndecision = "deny"\npriority = 999\n`;
const geminiPlanTools = ["enter_plan_mode", "exit_plan_mode"];
const geminiWriteTools = ["write_file", "replace", "run_shell_command"];

/** It reads nothing outside of its folders. */
const attachments = ["--include-directories={attached}"];

export const gemini: ProfileInput = {
  id: "gemini",
  name: "Gemini CLI",
  icon: "sparkle",
  command: "gemini",
  install: "Install it with “npm install -g @google/gemini-cli”, then run “gemini” once to sign in.",
  environmentKeys: [
    "GEMINI_API_KEY",
    "GEMINI_CLI_HOME",
    "GEMINI_CLI_NO_RELAUNCH",
    "GEMINI_MODEL",
    "GOOGLE_API_KEY",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "GOOGLE_CLOUD_LOCATION",
    "GOOGLE_CLOUD_PROJECT",
    "GOOGLE_GEMINI_BASE_URL",
    "GOOGLE_GENAI_USE_VERTEXAI",
  ],
  modes: {
    once: {
      arguments: ["{access}", "{attachments}", "{session}"],
      access: {
        read: {
          arguments: ["--approval-mode=default", "--admin-policy={files}/gemini-read.toml"],
          files: { "gemini-read.toml": geminiPolicy([...geminiPlanTools, ...geminiWriteTools]) },
        },
        edit: {
          arguments: ["--approval-mode=auto_edit", "--admin-policy={files}/gemini-edit.toml"],
          files: { "gemini-edit.toml": geminiPolicy(geminiPlanTools) },
        },
        full: { arguments: ["--approval-mode=yolo"] },
      },
      prompt: { via: "stdin" },
      attachments,
      // The file of a session is named after the minute and the first eight digits of its id: ids that begin with a
      // timestamp (UUIDv7) would share one file. A session that never got an answer cannot be resumed (exit code 42).
      session: { start: ["--session-id={sessionId}"], resume: ["--resume={sessionId}"] },
      // Baton starts nothing in a folder that the local user does not trust, and here nobody could answer.
      env: { GEMINI_CLI_TRUST_WORKSPACE: "true" },
    },
    interactive: {
      arguments: ["{access}", "{attachments}", "{session}", "{prompt}"],
      access: {
        read: { arguments: ["--approval-mode=default"] },
        edit: { arguments: ["--approval-mode=auto_edit"] },
        full: { arguments: ["--approval-mode=yolo"] },
      },
      prompt: { via: "argument", arguments: ["--prompt-interactive={prompt}"] },
      attachments,
      session: {
        start: ["--session-id={sessionId}"],
        resume: ["--resume={sessionId}"],
        printed: { pattern: `gemini --resume (${uuidPattern})`, pick: "last" },
      },
    },
  },
};
