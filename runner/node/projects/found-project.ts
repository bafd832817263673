import type { PackageManager, Project } from "#protocol/documents/project";
import type { Machine } from "#runner/node/projects/machine";
import type { SeenFolder } from "#runner/node/projects/seen-folder";

/** What one kind of project says of a folder, as it stands in the folder's files: nothing of it is cleaned yet. */
export interface FoundProject {
  readonly name?: string | undefined;
  readonly framework?: string | undefined;
  readonly packageManager?: PackageManager | undefined;
  readonly scripts?: readonly string[] | undefined;
  readonly command: string;
  readonly port?: number | undefined;
  readonly portArguments?: Project["portArguments"];
}

export type FindProject = (folder: SeenFolder, machine: Machine) => Promise<FoundProject | undefined>;
