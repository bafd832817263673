import {
  maxCommandLineLength,
  maxProjectScripts,
  maxProjects,
  maxScriptNameLength,
  Project,
} from "#protocol/documents/project";
import { nameFrom } from "#protocol/shown-text";
import { findDenoProject } from "#runner/node/projects/deno-project";
import type { FindProject, FoundProject } from "#runner/node/projects/found-project";
import type { Machine } from "#runner/node/projects/machine";
import { findNodeProject } from "#runner/node/projects/node-project";
import { findOtherProject } from "#runner/node/projects/other-projects";
import { findPythonProgram, findPythonProject } from "#runner/node/projects/python-project";
import { fromHereUp, type SeenFolder } from "#runner/node/projects/seen-folder";
import { findStaticProject } from "#runner/node/projects/static-project";
import { usualLimits, type WalkLimits, walkFolders } from "#runner/node/projects/walk-folders";

interface Kind {
  readonly find: FindProject;
  /**
   * In or below a project such a file is a part of that one: of any, as a `public/index.html` is, or of one of its own
   * kind, as the `main.py` of a server whose folder `app` is a package.
   */
  readonly partOf?: "any" | "own";
}

/** A folder can be of several kinds at once, such as one with a server of Python and pages of Node. */
const kinds: readonly Kind[] = [
  { find: findNodeProject },
  { find: findDenoProject },
  { find: findPythonProject, partOf: "own" },
  { find: findPythonProgram, partOf: "any" },
  { find: findOtherProject, partOf: "any" },
  { find: findStaticProject, partOf: "any" },
];

/**
 * What can be run in a folder and below it, the nearest first, at most 20. It only reads, follows no link, and says
 * nothing of what is damaged, too large or out of reach.
 * @param root a real path
 */
export async function detectProjects(
  root: string,
  machine: Machine,
  limits: WalkLimits = usualLimits,
): Promise<Project[]> {
  const projects: Project[] = [];
  const kindsIn = new Map<string, Set<Kind>>();
  for await (const folder of walkFolders(root, limits)) {
    for (const kind of kinds) {
      if (kind.partOf && isPart(kind, folder, kindsIn)) continue;
      const found = await kind.find(folder, machine);
      const project = found && cleaned(folder, found);
      if (!project) continue;
      kindsIn.set(folder.below, (kindsIn.get(folder.below) ?? new Set()).add(kind));
      projects.push(project);
      if (projects.length === maxProjects) return projects;
    }
  }
  return projects;
}

const isPart = (kind: Kind, folder: SeenFolder, kindsIn: ReadonlyMap<string, ReadonlySet<Kind>>): boolean =>
  [...fromHereUp(folder)].some(({ below }) => {
    const found = kindsIn.get(below);
    return found !== undefined && (kind.partOf === "any" || found.has(kind));
  });

/** @returns undefined where what would have to be shown or run is not what stands there */
function cleaned(folder: SeenFolder, found: FoundProject): Project | undefined {
  const { name, framework, packageManager, scripts = [], command, port, portArguments } = found;
  if (command.length > maxCommandLineLength) return undefined;
  const shown = scripts.slice(0, maxProjectScripts).map((script) => nameFrom(script, "", maxScriptNameLength));
  return Project.safeParse({
    folder: folder.below,
    name: nameFrom(name ?? "", "") || nameFrom(folder.name, "project"),
    ...(framework !== undefined && { framework }),
    ...(packageManager !== undefined && { packageManager }),
    ...(shown.length > 0 && { scripts: shown.filter((script) => script !== "") }),
    command,
    ...(port !== undefined && { port }),
    ...(portArguments !== undefined && { portArguments }),
  }).data;
}
