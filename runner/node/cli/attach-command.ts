import type { Command } from "commander";
import { options } from "#runner/node/cli/options";

export interface AttachFlags {
  readonly relay?: string;
  readonly token?: string;
}

export function addAttachCommand(program: Command): void {
  program
    .command("attach")
    .description("open a run's terminal here; Ctrl-] leaves it, and the run goes on")
    .argument("[run]", "the run's id or its beginning (default: the newest run of this machine)")
    .addOption(options.relay())
    .addOption(options.token())
    .action(async (run: string | undefined, flags: AttachFlags, command: Command) => {
      const { attach } = await import("#runner/node/cli/attach");
      process.exitCode = await attach(run, flags, (text) => command.error(`error: ${text}`, { exitCode: 2 }));
    });
}
