import "#runner/keeper/small-heap";
import { Command, CommanderError, type Option, type OutputConfiguration } from "commander";
import { productVersion } from "#runner/keeper/version";
import { addAttachCommand } from "#runner/node/cli/attach-command";
import { addCloudflaredCommand } from "#runner/node/cli/cloudflared-command";
import { exitCodes, failureLine } from "#runner/node/cli/failure";
import { addPairCommand } from "#runner/node/cli/pair-command";
import { addRunCommand } from "#runner/node/cli/run-command";
import { addRunnerCommand } from "#runner/node/cli/runner-command";
import { addNewCommand, addTemplatesCommand } from "#runner/node/cli/template-commands";
import { addVersionCommand } from "#runner/node/cli/version-command";

const commands = [
  ...[addRunnerCommand, addRunCommand, addAttachCommand, addPairCommand],
  ...[addNewCommand, addTemplatesCommand, addCloudflaredCommand, addVersionCommand],
];

/** `baton`: 0 is success, 1 a failure, 2 a wrong use; `run` and `attach` pass on the run's own exit code. */
async function main(argv: string[]): Promise<void> {
  const program = new Command("baton")
    .description("Your editor is the runner, your server is the relay: run coding agents here, prompted from anywhere.")
    .version(productVersion, "-V, --version", "print the version")
    .showSuggestionAfterError(false)
    .configureOutput(outputOf("baton"))
    .exitOverride();
  for (const add of commands) add(program);
  for (const command of program.commands) {
    command
      .copyInheritedSettings(program)
      .exitOverride()
      .configureOutput(outputOf(`baton ${command.name()}`));
    for (const option of command.options) dropNegatedVariable(option);
  }
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (!(error instanceof CommanderError)) process.stderr.write(`baton: ${failureLine(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** A failure is one line; one of the command line itself also says where the right one stands. */
const outputOf = (command: string): OutputConfiguration => ({
  outputError(text, write) {
    const line = text.replace(/^error: /, "").trimEnd();
    const isUse = /^(unknown|missing|too many|required) (option|command|required argument|argument)/.test(line);
    write(`baton: ${line}${isUse ? `; see “${command} --help”` : ""}\n`);
  },
});

/** `BATON_JSON=0` is a no: commander takes any value of a switch's variable for a yes. */
function dropNegatedVariable({ envVar, required, optional }: Option): void {
  if (envVar === undefined || required || optional) return;
  if (["", "0", "false", "no", "off"].includes(process.env[envVar]?.toLowerCase() ?? "1")) delete process.env[envVar];
}

const exitCodeOf = (error: unknown): number => {
  if (!(error instanceof CommanderError)) return exitCodes.failure;
  return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
};

void main(process.argv);
