import { commands } from "vscode";
import { commandIds } from "#extension/commands/ids";
import type { EditorFolder } from "#extension/folder";
import { notify } from "#extension/notify";
import { isHeldUp } from "#extension/overview";
import { errorText } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { RunView } from "#runner/core/status";

const showLog = "Show Log";

/** Tells once when no keeper can be had, or its disk holds a run up, and why; again only after that was over. */
export function createKeeperNotices(fail: (error: unknown) => void): (folders: readonly EditorFolder[]) => void {
  let told: string | undefined;
  let held: ReadonlySet<RunId> = new Set();

  const tellOfHeld = (runs: readonly RunView[]) => {
    for (const { run } of runs.filter((one) => !held.has(one.runId))) {
      tell(
        errorText({ code: "run_held_up", params: { title: run.header.body.title, reason: run.stalled ?? "" } }),
      ).catch(fail);
    }
    held = new Set(runs.map(({ runId }) => runId));
  };
  const tell = async (text: string) => {
    if ((await notify("error", `Baton: ${text}`, showLog)) === showLog)
      await commands.executeCommand(commandIds.showLog);
  };

  return (folders) => {
    tellOfHeld(folders.flatMap((folder) => folder.status().runs).filter(isHeldUp));
    // All folders have the same one.
    const failure = folders.map((folder) => folder.status().keeperFailure).find(Boolean);
    const text = failure && errorText(failure);
    if (text === told) return;
    told = text;
    if (text) tell(text).catch(fail);
  };
}
