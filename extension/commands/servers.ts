import { commands, env, Uri, window } from "vscode";
import { givenProject, givenRunId } from "#extension/commands/given";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { withoutIcons } from "#extension/notification-text";
import { say } from "#extension/notify";
import { pick } from "#extension/pick";
import { shownPreviews } from "#extension/previews/shown-previews";
import { projectFacts, type ShownProject, shownProjects } from "#extension/previews/shown-projects";
import {
  isReadyServer,
  type ShownServer,
  serverName,
  serverState,
  serverStateText,
  shownServers,
} from "#extension/previews/shown-servers";
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
    [commandIds.openServer]: async (given: unknown) => {
      const chosen = await chooseServer("Open which dev server?", given, shownServers(folders).filter(isReadyServer));
      const state = chosen && serverState(chosen.server.run);
      if (!chosen || state?.state !== "ready") return;
      const preview = shownPreviews(folders).find((one) => one.preview.runId === chosen.server.runId);
      if (preview) await commands.executeCommand(commandIds.showPreview, preview.preview.id);
      else await env.openExternal(Uri.parse(`http://localhost:${state.port}/`));
    },
    [commandIds.restartServer]: async (given: unknown) => {
      const chosen = await chooseServer("Restart which dev server?", given, shownServers(folders));
      if (!chosen) return;
      const { folder, server } = chosen;
      const runId = await withPatience("restarting the server", folder.restartServer(server));
      folder.showRun(runId);
    },
    [commandIds.stopServer]: async (given: unknown) => {
      const chosen = await chooseServer("Stop which dev server?", given, shownServers(folders));
      if (!chosen) return;
      await withPatience("stopping the server", chosen.folder.cancelRun(chosen.server.runId));
      say(`the server of ${serverName(chosen.server.run)} was told to stop`);
    },
  } satisfies CommandRows;
}

/** @param given the row that the command was called for */
function chooseServer(title: string, given: unknown, from: readonly ShownServer[]) {
  const runId = givenRunId(given);
  const wanted = from.filter(({ server }) => runId === undefined || server.runId === runId);
  return pick(title, wanted, ({ server, folder }) => ({
    label: withoutIcons(serverName(server.run)),
    description: withoutIcons(`${serverStateText(serverState(server.run))} · ${folder.name}`),
    detail: withoutIcons(server.run.header.body.title),
  }));
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
