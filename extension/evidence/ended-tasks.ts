import { type Task, tasks, workspace } from "vscode";
import { maxEndedTasks } from "#extension/caps";
import type { Disposable } from "#extension/disposables";
import { maxEvidenceTasks } from "#protocol/caps";
import type { Evidence } from "#protocol/evidence";

type Tasks = NonNullable<Evidence["tasks"]>;

/** The tasks of a folder that ended in this window, also those of the group `test`, by which the editor runs tests. */
export interface EndedTasks extends Disposable {
  /** @param sinceMs by the clock of this machine */
  since(sinceMs: number): Tasks;
}

/** @param folder as the editor names it */
export function watchTasks(folder: string): EndedTasks {
  const ended: { readonly at: number; readonly task: Tasks[number] }[] = [];
  const subscription = tasks.onDidEndTaskProcess(({ execution: { task }, exitCode }) => {
    if (!isOf(task, folder)) return;
    const row = {
      name: task.name.slice(0, 200),
      ...(task.group && { group: task.group.id.slice(0, 40) }),
      ...(exitCode !== undefined && { exitCode }),
    };
    ended.push({ at: Date.now(), task: row });
    if (ended.length > maxEndedTasks) ended.shift();
  });
  return {
    since: (sinceMs) =>
      ended
        .filter(({ at }) => at >= sinceMs)
        .slice(-maxEvidenceTasks)
        .map(({ task }) => task),
    dispose: () => subscription.dispose(),
  };
}

/** A window can have folders of several teams; what is of no folder is told of only where there is one. */
function isOf({ scope }: Task, folder: string): boolean {
  return typeof scope === "object" ? scope.uri.fsPath === folder : workspace.workspaceFolders?.length === 1;
}
