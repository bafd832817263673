import { type Memento, type Terminal, window } from "vscode";
import type { Disposable } from "#extension/disposables";
import { RunId } from "#protocol/ids";

/** Which run the terminal panel showed last, across windows and extension hosts. */
export interface ShownRun extends Disposable {
  /** Whether it was this one when the window began; a person who has looked elsewhere since is left alone. */
  wasShown(runId: RunId): boolean;
}

const key = "baton.shownRun";

/**
 * @param runOf the run of a terminal, where it is one of this folder
 * @param isOwn whether a run is one of this folder
 */
export function rememberShownRun(
  memory: Memento,
  runOf: (terminal: Terminal) => RunId | undefined,
  isOwn: (runId: RunId) => boolean,
): ShownRun {
  const before = RunId.safeParse(memory.get(key)).data;
  const subscription = window.onDidChangeActiveTerminal((terminal) => {
    // Without any the window may be on its way out, which is what this is remembered for.
    if (!terminal) return;
    const runId = runOf(terminal);
    const last = memory.get<RunId>(key);
    if (runId !== undefined) void memory.update(key, runId);
    else if (last !== undefined && isOwn(last)) void memory.update(key, undefined);
  });
  return { wasShown: (runId) => runId === before, dispose: () => subscription.dispose() };
}
