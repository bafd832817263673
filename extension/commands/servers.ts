import { window } from "vscode";
import { givenProject } from "#extension/commands/given";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { withoutIcons } from "#extension/notification-text";
import { pick } from "#extension/pick";
import { projectFacts, type ShownProject, shownProjects } from "#extension/previews/shown-projects";
import { withPatience } from "#extension/progress";
import { maxCommandLineLength, type Project } from "#protocol/documents";
import { nextFreePort, type TakenPort, takenPort } from "#runner/node/projects/port-taken";

/** What starts the servers of this window's projects. */
export function serverCommands(folders: Folders) {
  return {
    [commandIds.startServer]: async (given: unknown) => {
      const chosen = givenProject(given, shownProjects(folders)) ?? (await chooseProject(folders));
      if (!chosen) return;
      const { project, folder } = chosen;
      const command = await askForCommand(project);
      if (command === undefined) return;
      // Where a line of the person's own is heard, that line says.
      const taken = command === project.command && project.port && (await takenPort(project.port));
      const port = taken ? await offerPort(taken) : "usual";
      if (port === undefined) return;
      const wish = { command, ...(port !== "usual" && { port }) };
      const runId = await withPatience(`starting ${project.name}`, folder.startServer(project, wish));
      folder.showRun(runId);
    },
  } satisfies CommandRows;
}

async function chooseProject(folders: Folders): Promise<ShownProject | undefined> {
  const all = folders.all();
  await withPatience("looking for projects", Promise.all(all.map(({ projects }) => projects.look())));
  const found = shownProjects(folders);
  if (found.length > 0) return pick("Start the server of which project?", found, projectItem);
  // What nobody can find can still be typed.
  const folder = await pick("Start a server in which folder?", all, ({ name }) => ({ label: name }));
  return folder && { folder, project: { folder: "", name: folder.name } };
}

const projectItem = ({ project, folder }: ShownProject) => ({
  label: withoutIcons(project.name),
  description: withoutIcons([projectFacts(project), folder.name].filter(Boolean).join(" · ")),
  detail: withoutIcons(project.command ?? ""),
});

/** @returns undefined when the person gave up */
async function offerPort(taken: TakenPort): Promise<number | undefined> {
  const free = await nextFreePort(taken.port + 1);
  const other = { label: `Use port ${free}`, free };
  return (await window.showQuickPick([other], { title: takenText(taken) }))?.free;
}

const takenText = ({ port, holder }: TakenPort): string => {
  const by = holder ? ` by ${holder.name ?? "a process"} (${holder.pid})` : "";
  return withoutIcons(`Port ${port} is taken${by}`);
};

const askForCommand = async (project: Project): Promise<string | undefined> => {
  const { command = "" } = project;
  const where = project.folder === "" ? "the folder" : project.folder;
  const line = await window.showInputBox({
    title: `Start ${project.name}`,
    prompt: `The command line, which runs in ${where}.`,
    value: command,
    valueSelection: [command.length, command.length],
    ignoreFocusOut: true,
    validateInput: (text) =>
      text.trim() === "" || text.length > maxCommandLineLength ? "Type a command line." : undefined,
  });
  return line?.trim();
};
