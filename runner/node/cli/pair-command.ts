import type { Command } from "commander";
import { Name } from "#protocol/documents";
import { as, flag, options, relayUrl } from "#runner/node/cli/options";

export interface PairFlags {
  readonly workspace?: string;
  readonly joinToken?: string;
  readonly name?: string;
  readonly json: boolean;
}

export function addPairCommand(program: Command): void {
  program
    .command("pair")
    .description("pair this folder with a relay: prints a code that somebody approves there")
    .argument("<url>", "the relay's address", relayUrl)
    .addOption(options.workspace())
    .addOption(flag("--join-token <token>", "pair without a person, by a token of the relay", "BATON_JOIN_TOKEN"))
    .addOption(
      flag("--name <name>", "how the relay calls it (default: the folder's name)", "BATON_NAME").argParser(as(Name)),
    )
    .addOption(options.json())
    .action(async (url: string, flags: PairFlags) => {
      const { pairFolder } = await import("#runner/node/cli/pair-folder");
      await pairFolder(url, flags);
    });
}
