import type { LogOutputChannel } from "vscode";
import { connectionCommands } from "#extension/commands/connection";
import { commandIds } from "#extension/commands/ids";
import { menu } from "#extension/commands/menu";
import { policyCommands } from "#extension/commands/policy";
import type { CommandTable } from "#extension/commands/register";
import { runCommands } from "#extension/commands/runs";
import type { Folders } from "#extension/folders";
import type { PolicySwitch } from "#extension/policy";
import type { Questions } from "#extension/questions";

interface CommandDeps {
  readonly folders: Folders;
  readonly questions: Questions;
  readonly output: LogOutputChannel;
  readonly policy: PolicySwitch;
}

/** Every command, from the tables of their areas. */
export const createCommandTable = ({ folders, questions, output, policy }: CommandDeps): CommandTable => ({
  ...connectionCommands(folders),
  ...policyCommands(policy, questions),
  ...runCommands(folders),
  [commandIds.menu]: () => menu(folders, questions),
  [commandIds.showLog]: () => output.show(),
});
