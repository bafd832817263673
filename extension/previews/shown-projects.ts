import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import type { Project } from "#protocol/documents";
import { frameworkName } from "#sdk/framework-name";

/** Something of this window that can be run. */
export interface ShownProject {
  readonly project: Project;
  readonly folder: EditorFolder;
}

/** Those that are known; nobody is made to look. */
export const shownProjects = (folders: Pick<Folders, "all">): ShownProject[] =>
  folders.all().flatMap((folder) => (folder.projects.known() ?? []).map((project) => ({ project, folder })));

/** As a person reads it beside its name. */
export const projectFacts = ({ framework, packageManager, folder }: Project): string =>
  [framework && frameworkName(framework), packageManager, folder].filter(Boolean).join(" · ");
