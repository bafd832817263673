import { notify } from "#extension/notify";
import type { RunTerminals } from "#extension/terminals/run-terminals";
import type { KeeperRun } from "#protocol/keeper-link";

const cancel = "Cancel the Run";
const showAgain = "Show It Again";

/** The editor closes a terminal without asking, so the question comes behind it: the run goes on. */
export async function askAboutClosed(
  { header }: KeeperRun,
  terminals: Pick<RunTerminals, "cancel" | "show">,
): Promise<void> {
  const choice = await notify("info", `“${header.body.title}” goes on without its terminal.`, showAgain, cancel);
  if (choice === cancel) await terminals.cancel(header.id);
  if (choice === showAgain) terminals.show(header.id);
}
