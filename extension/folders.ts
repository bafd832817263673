import { type LogOutputChannel, type WorkspaceFolder, workspace } from "vscode";
import { createDisposables, type Disposable } from "#extension/disposables";
import { type EditorFolder, openFolder } from "#extension/folder";
import { createEditorHost } from "#extension/host";
import type { PairingStore } from "#extension/pairing-store";
import type { Questions } from "#extension/questions";

/** The folders of this window, one runner each. */
export interface Folders extends Disposable {
  all(): readonly EditorFolder[];
  /** Opens the folders that are there; later ones come and go by themselves. */
  start(): Promise<void>;
}

interface FoldersDeps {
  readonly output: LogOutputChannel;
  readonly questions: Questions;
  readonly pairings: PairingStore;
  readonly version: string;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

export function createFolders({ output, questions, pairings, version, changed, fail }: FoldersDeps): Folders {
  const disposables = createDisposables();
  const open = new Map<string, EditorFolder>();

  const add = async (folder: WorkspaceFolder) => {
    if (folder.uri.scheme !== "file" || open.has(folder.uri.toString())) return;
    const host = (pairing: Parameters<typeof createEditorHost>[0]["pairing"]) =>
      createEditorHost({ folder, output, questions, version, pairing, fail });
    const opened = await openFolder({ folder, host, pairings, changed, fail });
    if (disposables.isDisposed) return opened.dispose();
    open.set(folder.uri.toString(), opened);
    changed();
  };
  const remove = (folder: WorkspaceFolder) => {
    open.get(folder.uri.toString())?.dispose();
    open.delete(folder.uri.toString());
    changed();
  };

  return {
    all: () => [...open.values()],
    async start() {
      disposables.add(
        workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
          removed.forEach(remove);
          for (const folder of added) add(folder).catch(fail);
        }),
      );
      for (const folder of workspace.workspaceFolders ?? []) await add(folder);
    },
    dispose() {
      disposables.dispose();
      for (const folder of open.values()) folder.dispose();
      open.clear();
    },
  };
}
