import { givenRunId } from "#extension/commands/given";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { withoutIcons } from "#extension/notification-text";
import { askInDialog, notify } from "#extension/notify";
import { isLocalRun, isOpenRun } from "#extension/overview";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";
import type { RunView } from "#runner/core/status";

/** What is done with a run of this window. */
export function runCommands(folders: Folders) {
  const runsOf = (isWanted: (run: RunView) => boolean) =>
    folders.all().flatMap((folder) =>
      folder
        .status()
        .runs.filter(isWanted)
        .map((run) => ({ folder, run })),
    );
  const pickRun = (title: string, given: unknown, runs: ReturnType<typeof runsOf>) => {
    const runId = givenRunId(given);
    const from = runs.filter(({ run }) => runId === undefined || run.runId === runId);
    return pick(title, from, ({ folder, run: { run } }) => ({
      label: withoutIcons(run.header.body.title),
      description: withoutIcons(`${run.header.agent} · ${folder.name}`),
    }));
  };
  return {
    [commandIds.showRun]: async (given: unknown) => {
      const chosen = await pickRun(
        "Show which run?",
        given,
        runsOf(() => true),
      );
      if (chosen && !chosen.folder.showRun(chosen.run.runId)) {
        const elsewhere = isLocalRun(chosen.run) ? "" : " What it printed is on the relay.";
        void notify("info", `The keeper of this run is not there, so its terminal cannot be shown.${elsewhere}`);
      }
    },
    [commandIds.cancelRun]: async (given: unknown) => {
      const chosen = await pickRun("Cancel which run?", given, runsOf(isOpenRun));
      if (!chosen) return;
      const { title } = chosen.run.run.header.body;
      const cancel = "Cancel the Run";
      if ((await askInDialog("warning", `Cancel “${title}”?`, "", cancel)) === cancel) {
        await withPatience("cancelling the run", chosen.folder.cancelRun(chosen.run.runId));
      }
    },
    [commandIds.shareRun]: async (given: unknown) => {
      const local = runsOf(isLocalRun).filter(({ folder }) => folder.pairing());
      const chosen = await pickRun("Share which run?", given, local);
      const pairing = chosen?.folder.pairing();
      if (!chosen && givenRunId(given) !== undefined) {
        return void notify(
          "info",
          "The folder of this run is not connected to a relay, so there is nobody to share it with.",
        );
      }
      if (!chosen || !pairing) return;
      const { team } = pairing;
      const { title } = chosen.run.run.header.body;
      const share = "Share the Run";
      const detail = `Everything that its terminal has shown so far goes to the team ${team} too. This cannot be taken back.`;
      if ((await askInDialog("info", `Share “${title}” with the team ${team}?`, detail, share)) === share) {
        await withPatience("sharing the run", chosen.folder.shareRun(chosen.run.runId, pairing));
      }
    },
  } satisfies CommandRows;
}
