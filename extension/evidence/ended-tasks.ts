import { tasks } from "vscode";
import { maxEndedTasks } from "#extension/caps";
import type { Disposable } from "#extension/disposables";
import { maxEvidenceTasks } from "#protocol/caps";
import type { Evidence } from "#protocol/evidence";

type Tasks = NonNullable<Evidence["tasks"]>;

/** The editor's tasks that ended in this window, also those of the group `test`, by which it runs tests. */
export interface EndedTasks extends Disposable {
  /** @param sinceMs by the clock of this machine */
  since(sinceMs: number): Tasks;
}

export function watchTasks(): EndedTasks {
  const ended: { readonly at: number; readonly task: Tasks[number] }[] = [];
  const subscription = tasks.onDidEndTaskProcess(({ execution: { task }, exitCode }) => {
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
