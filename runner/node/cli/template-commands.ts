import type { Command } from "commander";
import { collect, flag, options } from "#runner/node/cli/options";

export interface TemplateFlags {
  readonly relay?: string;
  readonly token?: string;
  readonly json: boolean;
}

export interface NewFlags extends TemplateFlags {
  readonly ref?: string;
  readonly path?: string;
  readonly set?: readonly string[];
  readonly over: boolean;
}

export function addTemplatesCommand(program: Command): void {
  program
    .command("templates")
    .description("list what a project can begin with: the built-in templates, and a team's own")
    .addOption(options.relay())
    .addOption(options.token())
    .addOption(options.json())
    .action(async (flags: TemplateFlags) => {
      const { listTemplates } = await import("#runner/node/cli/new-project");
      await listTemplates(flags);
    });
}

export function addNewCommand(program: Command): void {
  program
    .command("new")
    .description("place a template into a new or an empty folder")
    .argument(
      "<template>",
      "the id of one that “baton templates” lists, owner/name at GitHub, or a repository's address",
    )
    .argument("<folder>", "where to")
    .addOption(flag("--ref <ref>", "of a repository: a branch, a tag or a commit", "BATON_TEMPLATE_REF"))
    .addOption(flag("--path <folder>", "of a repository: a folder in it", "BATON_TEMPLATE_PATH"))
    .addOption(
      flag("--set <name=value>", "a variable of the template; can be given again", "BATON_TEMPLATE_SET").argParser(
        collect((text) => text),
      ),
    )
    .addOption(
      flag(
        "--over",
        "also where files are, and replace those that are listed without it",
        "BATON_TEMPLATE_OVER",
      ).default(false),
    )
    .addOption(options.relay())
    .addOption(options.token())
    .addOption(options.json())
    .action(async (template: string, folder: string, flags: NewFlags, command: Command) => {
      const { newProject } = await import("#runner/node/cli/new-project");
      await newProject(template, folder, flags, (text) => command.error(`error: ${text}`, { exitCode: 2 }));
    });
}
