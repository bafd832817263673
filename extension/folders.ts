import { type LogOutputChannel, type Memento, type WorkspaceFolder, workspace } from "vscode";
import { openFolderAgainMs } from "#extension/caps";
import type { Cloudflare } from "#extension/cloudflare/cloudflare";
import type { PairingStore } from "#extension/connect/pairing-store";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";
import { type EditorFolder, openFolder } from "#extension/folder";
import { createEditorHost } from "#extension/host";
import { createOpened } from "#extension/opened";
import type { Questions } from "#extension/prompts/questions";
import { BatonError } from "#protocol/errors";
import { isSystemError } from "#runner/keeper/files";
import { workspaceFileOf } from "#runner/node/workspace-file";

/** The folders of this window, one runner each. */
export interface Folders extends Disposable {
  all(): readonly EditorFolder[];
  /** Opens the folders that are there; later ones come and go by themselves. */
  start(): Promise<void>;
}

interface FoldersDeps {
  readonly cloudflare: Cloudflare;
  readonly output: LogOutputChannel;
  readonly questions: Questions;
  readonly pairings: PairingStore;
  /** Of this workspace. */
  readonly memory: Memento;
  readonly version: string;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

export function createFolders(deps: FoldersDeps): Folders {
  const { cloudflare, output, questions, pairings, memory, version, changed, fail } = deps;
  const disposables = createDisposables();
  /** What kept a folder from being opened; it is tried again now and then, and when its file changes. */
  const waiting = new Map<string, Disposable>();
  const told = new Map<string, string>();
  const keyOf = (folder: WorkspaceFolder) => folder.uri.toString();

  const opened = disposables.add(
    createOpened<WorkspaceFolder, EditorFolder>({
      keyOf,
      open: (folder) => {
        const host = (pairing: Parameters<typeof createEditorHost>[0]["pairing"]) =>
          createEditorHost({ folder, cloudflare, output, questions, memory, version, pairing, fail });
        return openFolder({ folder, host, pairings, memory, changed, fail });
      },
      changed,
      failed(folder, error) {
        const failure = new BatonError("folder_not_served", { folder: folder.name, reason: reasonOf(error) });
        if (told.get(keyOf(folder)) !== failure.message) fail(failure);
        told.set(keyOf(folder), failure.message);
        if (!disposables.isDisposed && !waiting.has(keyOf(folder))) waiting.set(keyOf(folder), retry(folder));
      },
    }),
  );
  disposables.add(
    toDisposable(() => {
      for (const watcher of waiting.values()) watcher.dispose();
    }),
  );

  const retry = (folder: WorkspaceFolder): Disposable => {
    const watcher = workspace.createFileSystemWatcher(workspaceFileOf(folder.uri.fsPath));
    const again = () => void add(folder);
    watcher.onDidChange(again);
    watcher.onDidCreate(again);
    watcher.onDidDelete(again);
    const timer = setInterval(again, openFolderAgainMs);
    return toDisposable(() => {
      clearInterval(timer);
      watcher.dispose();
    });
  };
  const stopWaiting = (folder: WorkspaceFolder) => {
    waiting.get(keyOf(folder))?.dispose();
    waiting.delete(keyOf(folder));
    told.delete(keyOf(folder));
  };
  const add = async (folder: WorkspaceFolder) => {
    if (folder.uri.scheme !== "file") return;
    await opened.add(folder);
    if (opened.has(folder)) stopWaiting(folder);
  };

  return {
    all: opened.all,
    async start() {
      disposables.add(
        workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
          for (const folder of removed) {
            stopWaiting(folder);
            opened.remove(folder);
          }
          for (const folder of added) void add(folder);
        }),
      );
      for (const folder of workspace.workspaceFolders ?? []) await add(folder);
    },
    dispose: disposables.dispose,
  };
}

/** As a sentence, also where the system says it in its own words. */
function reasonOf(error: unknown): string {
  if (error instanceof BatonError) return error.message;
  const reason = error instanceof Error ? error.message : String(error);
  return isSystemError(error) && error.code === "ENOSPC"
    ? new BatonError("disk_full", { reason }).message
    : `${reason}.`;
}
