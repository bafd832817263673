import type { Command } from "commander";
import { protocolVersion } from "#protocol/version";
import { productVersion } from "#runner/keeper/version";
import { options } from "#runner/node/cli/options";
import { configFile } from "#runner/node/config";
import { batonDirs } from "#runner/node/dirs";

export function addVersionCommand(program: Command): void {
  program
    .command("version")
    .description("print the version, and where this user's files are")
    .addOption(options.json())
    .action((given: { json: boolean }) => {
      const dirs = batonDirs();
      const facts = {
        version: productVersion,
        protocol: protocolVersion,
        node: process.versions.node,
        data: dirs.data,
        config: configFile(dirs),
      };
      if (given.json) process.stdout.write(`${JSON.stringify(facts)}\n`);
      else for (const [name, value] of Object.entries(facts)) process.stdout.write(`${name.padEnd(9)} ${value}\n`);
    });
}
