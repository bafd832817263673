import type { Command } from "commander";
import { Access, AgentId, Label, RunMode } from "#protocol/documents";
import { as, flag, options } from "#runner/node/cli/options";

export interface RunFlags {
  readonly agent: string;
  readonly access?: Access;
  readonly runner?: string;
  readonly label?: string;
  readonly mode: RunMode;
  readonly folder?: string;
  readonly follow: boolean;
  readonly local: boolean;
  readonly relay?: string;
  readonly token?: string;
  readonly workspace?: string;
  readonly json: boolean;
}

export function addRunCommand(program: Command): void {
  program
    .command("run")
    .description("run a prompt: in a relay's queue, or here where no relay is given")
    .argument("<prompt>", "what the agent is asked to do; “-” reads it from stdin")
    .addOption(
      flag(
        "--agent <id>",
        "required: the agent's profile, such as claude, codex, gemini, opencode, copilot, echo, shell",
        "BATON_AGENT",
      )
        .argParser(as(AgentId))
        .makeOptionMandatory(),
    )
    .addOption(
      flag(
        "--runner <name>",
        "the runner's name or id (default: this folder's, or the only one)",
        "BATON_RUNNER",
      ).conflicts(["label", "local"]),
    )
    .addOption(
      flag("--label <label>", "any runner with this label", "BATON_LABEL").argParser(as(Label)).conflicts("local"),
    )
    .addOption(
      flag("--mode <mode>", "one answer, or the agent's own interface", "BATON_MODE")
        .choices(RunMode.options)
        .default("once"),
    )
    .addOption(
      flag(
        "--access <level>",
        "what the agent may do (default: edit, or the agent's only level)",
        "BATON_ACCESS",
      ).choices(Access.options),
    )
    .addOption(flag("--folder <path>", "below the runner's folder (default: that folder)", "BATON_FOLDER"))
    .addOption(
      flag("--follow", "print the output live and exit with the run's exit code (the default)", "BATON_FOLLOW").default(
        true,
      ),
    )
    .addOption(flag("--no-follow", "print the id and leave", "BATON_NO_FOLLOW"))
    .addOption(flag("--local", "run it here, also where a relay is configured", "BATON_LOCAL").default(false))
    .addOption(options.relay())
    .addOption(options.token())
    .addOption(options.workspace())
    .addOption(options.json())
    .action(async (prompt: string, flags: RunFlags, command: Command) => {
      const { runPrompt } = await import("#runner/node/cli/run-prompt");
      process.exitCode = await runPrompt(prompt, flags, (text) => command.error(`error: ${text}`, { exitCode: 2 }));
    });
}
