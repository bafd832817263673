import { type Memento, type Terminal, window } from "vscode";
import type { Disposable } from "#extension/disposables";
import { RunId } from "#protocol/ids";

/** Which run the terminal panel showed last, across windows and extension hosts. */
export interface ShownRun extends Disposable {
  /** Whether it was this one when the window began; a person who has looked elsewhere since is left alone. */
  wasShown(runId: RunId): boolean;
  /** Brings the terminal of that run to the front again. */
  restore(terminal: Terminal): void;
}

const key = "baton.shownRun";

/** How long after the window's start a terminal that opens by itself may come, on a machine under load. */
const editorsOwnMs = 10_000;

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
  let restored: { readonly terminal: Terminal; readonly atMs: number } | undefined;

  /**
   * A panel that is open as the window begins gets a shell from the editor, at any time in its first seconds, and that
   * shell takes the front. It is one; whatever opens after it, or has been typed in, is a person's.
   */
  const isEditorsOwn = (terminal: Terminal): boolean =>
    restored !== undefined &&
    performance.now() - restored.atMs < editorsOwnMs &&
    runOf(terminal) === undefined &&
    !terminal.state.isInteractedWith;

  const subscription = window.onDidChangeActiveTerminal((terminal) => {
    // Without any the window may be on its way out, which is what this is remembered for.
    if (!terminal) return;
    if (restored && isEditorsOwn(terminal)) {
      restored.terminal.show(true);
      restored = undefined;
      return;
    }
    const runId = runOf(terminal);
    const last = memory.get<RunId>(key);
    if (runId !== undefined) void memory.update(key, runId);
    else if (last !== undefined && isOwn(last)) void memory.update(key, undefined);
  });

  return {
    wasShown: (runId) => runId === before,
    restore(terminal) {
      terminal.show(true);
      restored = { terminal, atMs: performance.now() };
    },
    dispose: () => subscription.dispose(),
  };
}
