import { readdir, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { type QuickPickItem, window } from "vscode";
import { maxListedPlaces } from "#extension/caps";
import type { EditorFolder } from "#extension/folder";
import { withoutIcons } from "#extension/notification-text";
import { folderNameProblem } from "#extension/templates/new-folder-name";
import { packageName } from "#runner/node/templates/variables";

/** Where a project is to be placed. */
export interface Place {
  /** An absolute path. */
  readonly target: string;
  /** The folder of this window that it lies in, and has to stay in. */
  readonly folder?: EditorFolder;
}

interface Offer extends QuickPickItem {
  ask(): Promise<Place | undefined>;
}

/** @returns undefined when the person gave up */
export async function choosePlace(name: string, folders: readonly EditorFolder[]): Promise<Place | undefined> {
  const offers = [...(await Promise.all(folders.map((folder) => offersOf(folder, name)))).flat(), elsewhere];
  const chosen = await window.showQuickPick(offers, { title: `Where is ${name} placed?`, matchOnDescription: true });
  return chosen?.ask();
}

/** Asks for the name of a folder that is new, below one of this window. */
export async function askForFolderName(folder: EditorFolder, name: string): Promise<string | undefined> {
  const usual = packageName(name);
  const typed = await window.showInputBox({
    title: `New folder for ${name}`,
    prompt: `The name of the folder, below ${folder.name}.`,
    value: usual,
    ignoreFocusOut: true,
    validateInput: folderNameProblem,
  });
  return typed?.trim();
}

async function offersOf(folder: EditorFolder, name: string): Promise<Offer[]> {
  const root = folder.describe().folder;
  const entries = await readdir(root, { withFileTypes: true });
  const isEmpty = entries.every((entry) => entry.name === ".git");
  const shown = withoutIcons(folder.name);
  const below: Offer = {
    label: `$(new-folder) New folder in ${shown}…`,
    ask: async () => {
      const typed = await askForFolderName(folder, name);
      return typed === undefined ? undefined : { target: join(root, typed), folder };
    },
  };
  const itself: Offer = {
    label: `$(root-folder) ${shown}`,
    description: isEmpty ? "empty" : "has files; you see first what would change",
    ask: async () => ({ target: root, folder }),
  };
  const inside = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .slice(0, maxListedPlaces);
  const empty: string[] = [];
  for (const entry of inside) {
    // It may be gone, or not ours to look into.
    const files = await readdir(join(root, entry.name)).catch(() => [""]);
    if (files.length === 0) empty.push(entry.name);
  }
  const emptyOnes = empty.map(
    (one): Offer => ({
      label: `$(folder) ${withoutIcons(one)}`,
      description: `empty · ${shown}`,
      ask: async () => ({ target: join(root, one), folder }),
    }),
  );
  return isEmpty ? [itself, below] : [below, ...emptyOnes, itself];
}

const elsewhere: Offer = {
  label: "$(folder-opened) Another folder…",
  async ask() {
    const [chosen] =
      (await window.showOpenDialog({ canSelectFiles: false, canSelectFolders: true, openLabel: "Place It Here" })) ??
      [];
    return chosen && { target: await realpath(chosen.fsPath) };
  },
};

/** As a person calls it. */
export const placeName = ({ target }: Place): string => basename(target);
