import { join } from "node:path";
import { type BuildWish, devServerAgent } from "#protocol/documents";
import { BatonError } from "#protocol/errors";
import type { ResolvedCommand } from "#runner/core/host";
import type { Profile } from "#runner/core/profiles";
import type { BuildSpec } from "#runner/node/builds/spec";
import { isSourceAllowed } from "#runner/node/builds/template-sources";
import { allowedEnvironment, type Environment } from "#runner/node/environment";
import { nearestFolder } from "#runner/node/folders";
import { shellCommand } from "#runner/node/shell-command";
import { builtInTemplates } from "#runner/node/templates/built-in";

interface BuildDeps {
  readonly built?: string;
  readonly folder?: string;
  profiles(): readonly Profile[];
  environment(): Promise<Environment>;
  passEnvironment(): readonly string[];
  templateSources?(): readonly string[];
}

/**
 * A repository is fetched with the user's own sign-ins: one that their configuration does not name needs their word.
 * @throws BatonError `template_not_allowed`
 */
export function checkSource({ templateSources }: BuildDeps, { template }: BuildWish, approved: boolean): void {
  if (approved || template.kind !== "git" || isSourceAllowed(templateSources?.() ?? [], template.repository)) return;
  throw new BatonError("template_not_allowed", { repository: template.repository });
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
 * @param prompted the variables that the prompt has set
 */
export async function withBuild(
  deps: BuildDeps,
  wish: BuildWish,
  target: string,
  { command, shown }: ResolvedCommand,
  prompted: Environment,
): Promise<ResolvedCommand> {
  const { built, folder: root } = deps;
  if (built === undefined || root === undefined) throw new BatonError("template_unknown", { id: wish.name });
  const { there } = await nearestFolder(target);
  const userEnvironment = await deps.environment();
  const servers = deps.profiles().find(({ id }) => id === devServerAgent)?.environmentKeys ?? [];
  const shared = { ...allowedEnvironment(userEnvironment, [...servers, ...deps.passEnvironment()]), ...prompted };
  const spec: BuildSpec = {
    ...{ root, target, wish, within: there },
    shell: [...shellCommand(userEnvironment, false)],
    agentOnly: Object.keys(command.env).filter((name) => !Object.hasOwn(shared, name)),
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
