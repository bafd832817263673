import {
  ShellExecution,
  Task,
  type TaskExecution,
  TaskPanelKind,
  TaskRevealKind,
  TaskScope,
  tasks,
  workspace,
} from "vscode";
import { createDisposables } from "#extension/disposables";
import { withoutIcons } from "#extension/notification-text";

/**
 * Runs the command that makes a project ready, as a task of the editor: in a terminal of its own, in the user's shell.
 * @returns whether it ended well
 */
export async function makeReady(command: string, folder: string, name: string): Promise<boolean> {
  const execution = new ShellExecution(command, { cwd: folder });
  const task = new Task(
    { type: "shell", command },
    workspace.workspaceFolders ? TaskScope.Workspace : TaskScope.Global,
    withoutIcons(`Make ${name} ready`),
    "Baton",
    execution,
  );
  task.presentationOptions = { reveal: TaskRevealKind.Always, panel: TaskPanelKind.Dedicated };
  const listening = createDisposables();
  try {
    let started: TaskExecution | undefined;
    return await new Promise<boolean>((resolve, reject) => {
      listening.add(
        tasks.onDidEndTaskProcess(({ execution: ended, exitCode }) => ended === started && resolve(exitCode === 0)),
      );
      // One whose process could not be started ends without one.
      listening.add(tasks.onDidEndTask(({ execution: ended }) => ended === started && setImmediate(resolve, false)));
      tasks.executeTask(task).then((execution) => {
        started = execution;
      }, reject);
    });
  } finally {
    listening.dispose();
  }
}
