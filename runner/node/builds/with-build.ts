import { join } from "node:path";
import { type BuildWish, devServerAgent } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { ResolvedCommand } from "#runner/core/host";
import type { Profile } from "#runner/core/profiles";
import type { BuildSpec } from "#runner/node/builds/spec";
import type { Environment } from "#runner/node/environment";
import { nearestFolder } from "#runner/node/folders";
import { shellCommand } from "#runner/node/shell-command";
import { builtInTemplates } from "#runner/node/templates/built-in";

interface BuildDeps {
  readonly built?: string;
  readonly folder?: string;
  profiles(): readonly Profile[];
  environment(): Promise<Environment>;
}

/**
 * A set-up command is a command line from afar: only that of a built-in template, and those that the user's
 * configuration names, run unasked.
 * @throws BatonError `command_line_not_allowed`
 */
export async function checkSetUp(
  deps: BuildDeps,
  { template, setUp, name }: BuildWish,
  approved: boolean,
): Promise<void> {
  if (setUp === undefined || approved) return;
  const ownLines = deps.profiles().find(({ id }) => id === devServerAgent)?.allowedLines ?? [];
  if (ownLines.includes(setUp)) return;
  if (template.kind === "built-in" && deps.built !== undefined) {
    const known = (await builtInTemplates(deps.built)).find(({ id }) => id === template.id);
    if (known?.setUp === setUp) return;
  }
  throw new BatonError("command_line_not_allowed", { agent: name });
}

/**
 * An agent's command below the program that makes its folder first (`main.ts`). That program is in the run's own
 * terminal, so a build goes on while no editor is there.
 * @param target where the template goes; what is there of it is real
 */
export async function withBuild(
  deps: BuildDeps,
  wish: BuildWish,
  target: string,
  { command, shown }: ResolvedCommand,
): Promise<ResolvedCommand> {
  const { built, folder: root } = deps;
  if (built === undefined || root === undefined) throw new BatonError("template_unknown", { id: wish.name });
  const { there } = await nearestFolder(target);
  const spec: BuildSpec = {
    ...{ root, target, wish, within: there },
    shell: [...shellCommand(await deps.environment(), false)],
    agentTellsSteps: command.argv.some((argument) => argument.endsWith("agent-view.cjs")),
  };
  return {
    shown,
    folder: target,
    command: {
      ...command,
      cwd: there,
      argv: [process.execPath, join(built, "build.cjs"), JSON.stringify(spec), ...command.argv],
      env: { ...command.env, ELECTRON_RUN_AS_NODE: "1" },
      tellsSteps: true,
    },
  };
}
