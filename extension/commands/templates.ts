import { commands, Uri, workspace } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { askInDialog, notify, say } from "#extension/notify";
import { withPatience } from "#extension/progress";
import { askForVariables } from "#extension/templates/ask-variables";
import { buildFromTemplate } from "#extension/templates/build-from-template";
import { choosePlace, type Place, placeName } from "#extension/templates/choose-place";
import {
  type ChosenTemplate,
  chooseTemplate,
  type Surroundings,
  withCancel,
} from "#extension/templates/choose-template";
import { makeReady } from "#extension/templates/make-ready";
import { placementChoice, placementText } from "#extension/templates/placement-text";
import type { TemplateShelf } from "#extension/templates/template-shelf";
import { BatonError } from "#protocol/errors";
import { findExecutable } from "#runner/node/find-executable";
import { findTarget } from "#runner/node/templates/target";
import { type Placed, placeOpened, planOpened } from "#runner/node/templates/templates";

interface TemplateCommandDeps {
  readonly folders: Folders;
  readonly shelf: TemplateShelf;
  readonly surroundings: () => Promise<Surroundings>;
}

/** What begins a project with a template. */
export function templateCommands({ folders, shelf, surroundings }: TemplateCommandDeps) {
  return {
    [commandIds.newProject]: async (given: unknown) => {
      checkTrust();
      const around = await withPatience("looking for templates", surroundings());
      const chosen = await chooseTemplate("New Project from Template", given, shelf, around);
      const place = chosen && (await choosePlace(chosen.opened.manifest.name, folders.all()));
      if (!chosen || !place) return;
      const variables = await askForVariables(chosen.opened.manifest.variables, placeName(place));
      const placed = variables && (await placeTemplate(chosen, place, variables, around));
      if (placed) await offerWhatIsNext(chosen, place, placed);
    },
    [commandIds.buildProject]: async (given: unknown) => {
      checkTrust();
      const around = await withPatience("looking for templates", surroundings());
      const chosen = await chooseTemplate("Build from Template", given, shelf, around);
      if (chosen) await buildFromTemplate(chosen, folders.all());
    },
  } satisfies CommandRows;
}

/** @throws BatonError `workspace_untrusted` */
function checkTrust(): void {
  if (!workspace.isTrusted) throw new BatonError("workspace_untrusted", { folder: workspace.name ?? "this window" });
}

/** @returns undefined where the person does not agree to what would change */
async function placeTemplate(
  { opened }: ChosenTemplate,
  { target, folder }: Place,
  variables: Readonly<Record<string, string>>,
  { environment }: Surroundings,
): Promise<Placed | undefined> {
  const within = folder?.describe().folder;
  const options = { target, within, variables, environment, git: findExecutable("git", environment) };
  const plan = await planOpened(opened, options);
  const { name } = opened.manifest;
  const { isEmpty, folder: path } = await findTarget(target, within);
  if (!isEmpty) {
    const choice = placementChoice(plan);
    const question = `${path} has files already. Place ${name} there?`;
    if ((await askInDialog("warning", question, placementText(plan), choice)) !== choice) return undefined;
  }
  return withCancel(`Placing ${name}`, (signal, progress) =>
    placeOpened(opened, { ...options, signal, progress, ...(!isEmpty && { over: plan.changes }) }),
  );
}

async function offerWhatIsNext(
  { opened }: ChosenTemplate,
  place: Place,
  { folder, repository }: Placed,
): Promise<void> {
  const { name, setUp, start } = opened.manifest;
  const shown = placeName(place);
  const without = repository.kind === "failed" ? ` Git could not begin a repository there (${repository.reason}).` : "";
  if (setUp !== undefined) {
    const run = `Run “${setUp}”`;
    const asked = await notify("info", `${name} is in ${shown}.${without} Make it ready?`, run, "Not Now");
    if (asked === run && !(await makeReady(setUp, folder, shown))) {
      return void notify(
        "warning",
        `“${setUp}” did not end well in ${shown}. Its terminal says why; the files are there.`,
      );
    }
  }
  const isIn = place.folder && start !== undefined ? [startServer] : [];
  const open = place.folder?.describe().folder === folder ? [] : [openFolder];
  const done = setUp === undefined ? `${name} is in ${shown}.${without}` : `${shown} can be worked on.`;
  if (isIn.length + open.length === 0) return say(withoutStop(done));
  const next = await notify("info", `${done} What next?`, ...isIn, ...open);
  if (next === openFolder)
    await commands.executeCommand("vscode.openFolder", Uri.file(folder), { forceNewWindow: true });
  if (next === startServer && place.folder) await startServerIn(place.folder, folder);
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, "");
const startServer = "Start Dev Server";
const openFolder = "Open Folder";

async function startServerIn(folder: NonNullable<Place["folder"]>, path: string): Promise<void> {
  const root = folder.describe().folder;
  const found = await withPatience("looking for projects", folder.projects.look());
  const project = found.find((one) => Uri.joinPath(Uri.file(root), one.folder).fsPath === Uri.file(path).fsPath);
  await commands.executeCommand(commandIds.startServer, project && { node: { project } });
}
