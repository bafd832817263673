import { Uri, window, workspace } from "vscode";
import { createDisposables, type Disposable } from "#extension/disposables";
import { askInDialog, notify } from "#extension/notify";
import { describeProposal } from "#runner/node/describe-proposal";
import type { BatonDirs } from "#runner/node/dirs";
import { acceptProposals, loadWorkspace, type Workspace, workspaceFileOf } from "#runner/node/workspace-file";

/** A folder's `baton.json`, as of now. */
export interface WatchedWorkspaceFile extends Disposable {
  current(): Workspace;
}

const review = "Review…";
const accept = "Accept";
const look = "Look at the File";

/**
 * Watches the file. While it cannot be read, what it said before stays in force. The agents that it proposes count once
 * the person at this editor has accepted them, exactly as they stand.
 * @throws BatonError `profile_invalid` where it cannot be read at the start
 */
export function openWorkspaceFile(
  dirs: BatonDirs,
  folder: string,
  handlers: { readonly changed: (file: Workspace) => void; readonly fail: (error: unknown) => void },
): WatchedWorkspaceFile {
  const disposables = createDisposables();
  let current = loadWorkspace(dirs, folder);

  const read = () => {
    try {
      current = loadWorkspace(dirs, folder);
      handlers.changed(current);
      propose().catch(handlers.fail);
    } catch (error) {
      handlers.fail(error);
    }
  };
  const propose = async () => {
    const { proposed } = current;
    if (proposed.length === 0) return;
    const names = proposed.map((profile) => profile.name).join(", ");
    const choice = await notify("warning", `This folder proposes agents of its own: ${names}.`, review, look);
    if (choice === look) await window.showTextDocument(Uri.file(workspaceFileOf(folder)));
    if (choice !== review) return;
    // A name says little of what would run, so nothing is accepted before all of it has been on the screen.
    const detail = proposed.map(describeProposal).join("\n");
    const decision = await askInDialog("warning", "May prompts use these agents here?", detail, accept);
    if (decision !== accept) return;
    acceptProposals(dirs, folder, proposed);
    read();
  };

  const watcher = disposables.add(workspace.createFileSystemWatcher(workspaceFileOf(folder)));
  disposables.add(watcher.onDidChange(read));
  disposables.add(watcher.onDidCreate(read));
  disposables.add(watcher.onDidDelete(read));
  propose().catch(handlers.fail);
  return { current: () => current, dispose: () => disposables.dispose() };
}
