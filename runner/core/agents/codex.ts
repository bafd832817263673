import { type ProfileInput, uuidPattern } from "#runner/core/profile-schema";

export const codex: ProfileInput = {
  id: "codex",
  name: "Codex",
  icon: "openai",
  command: "codex",
  install: "Install it with “npm install -g @openai/codex”, then run “codex login”.",
  environmentKeys: ["CODEX_API_KEY", "CODEX_HOME", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID"],
  modes: {
    once: {
      // `resume` does not know --sandbox, so the sandbox is set as configuration, which both forms take.
      arguments: ["exec", "--skip-git-repo-check", "-c", "approval_policy=never", "{access}", "{session}", "-"],
      access: {
        read: { arguments: ["-c", "sandbox_mode=read-only"] },
        edit: { arguments: ["-c", "sandbox_mode=workspace-write"] },
        full: { arguments: ["-c", "sandbox_mode=danger-full-access"] },
      },
      prompt: { via: "stdin" },
      // It chooses the id itself and prints it in its first lines, above the prompt.
      session: {
        resume: ["resume", "{sessionId}"],
        printed: { pattern: `session id: (${uuidPattern})`, pick: "first" },
      },
      cancelSignals: ["SIGINT", "SIGTERM"],
    },
    interactive: {
      // Without a -c the TUI starts, or joins, a background server that outlives it and runs the tools of every
      // window: out of reach of the run's environment, group and cancel. Any -c keeps it in one process.
      arguments: ["-c", "features.daemon_auto_start=false", "{access}", "{session}", "{prompt}"],
      access: {
        read: { arguments: ["-c", "sandbox_mode=read-only", "-c", "approval_policy=on-request"] },
        edit: { arguments: ["-c", "sandbox_mode=workspace-write", "-c", "approval_policy=on-request"] },
        full: { arguments: ["-c", "sandbox_mode=danger-full-access", "-c", "approval_policy=never"] },
      },
      prompt: { via: "argument", arguments: ["--", "{prompt}"] },
      // Printed when it exits; a run that is killed before leaves no id behind.
      session: {
        resume: ["resume", "{sessionId}"],
        printed: { pattern: `codex resume (${uuidPattern})`, pick: "last" },
      },
      cancelSignals: ["SIGINT", "SIGTERM"],
    },
  },
};
