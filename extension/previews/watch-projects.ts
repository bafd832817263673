import { RelativePattern, type WorkspaceFolder, workspace } from "vscode";
import { projectsAfterMs } from "#extension/caps";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";

const toldBy = [
  ...["package.json", "deno.json", "index.html", "index.php", "manage.py", "main.py", "app.py"],
  ...["requirements.txt", "pyproject.toml", "Gemfile", "composer.json", "go.mod", "Cargo.toml"],
];

/** Tells when a file came, went or changed that says what can be run; many at once, as an install writes them, are one. */
export function watchProjects(folder: WorkspaceFolder, changed: () => void): Disposable {
  const disposables = createDisposables();
  const watch = (glob: string, isOnlyNew: boolean) =>
    disposables.add(workspace.createFileSystemWatcher(new RelativePattern(folder, glob), false, isOnlyNew, isOnlyNew));
  const files = watch(`**/{${toldBy.join(",")}}`, false);
  // The system does not always tell of what is in a new folder from its first moment on.
  const entries = watch("{*,*/*,*/*/*}", true);
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      changed();
    }, projectsAfterMs);
  };
  for (const event of [files.onDidCreate, files.onDidChange, files.onDidDelete]) disposables.add(event(soon));
  disposables.add(entries.onDidCreate(({ path }) => path.lastIndexOf(".") <= path.lastIndexOf("/") && soon()));
  disposables.add(toDisposable(() => clearTimeout(timer)));
  return disposables;
}
