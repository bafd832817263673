import { commands, env, type QuickPickItem, Uri, window, workspace } from "vscode";
import type { Accounts } from "#extension/account";
import { commandIds } from "#extension/commands/ids";
import { pick } from "#extension/commands/pick";
import type { CommandRows } from "#extension/commands/register";
import type { Folders } from "#extension/folders";
import { notify } from "#extension/notify";
import type { RunPanels } from "#extension/panel/run-panels";
import { withPatience } from "#extension/progress";
import type { RelayClients } from "#extension/team/relay-clients";
import { saveOutput } from "#extension/team/save-output";
import type { TeamLinks } from "#extension/team/team-links";
import { givenRunId, type TeamRun, teamRuns } from "#extension/team/team-runs";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import type { PanelFile } from "#protocol/panel-link";

export interface TeamCommandDeps {
  readonly folders: Folders;
  readonly links: TeamLinks;
  readonly panels: RunPanels;
  readonly clients: RelayClients;
  readonly accounts: Pick<Accounts, "all" | "of">;
}

/** What is done with a run that the relay knows, as the member who is signed in here. */
export function teamCommands({ folders, links, panels, clients, accounts }: TeamCommandDeps) {
  const choose = async (title: string, given: unknown): Promise<TeamRun | undefined> => {
    const runId = givenRunId(given);
    const all = teamRuns(folders, links);
    if (runId === undefined) return pick(title, all, runItem);
    return (
      all.find((run) => run.runId === runId) ??
      (await withPatience("looking for the run", findOnRelays(accounts, clients, runId)))
    );
  };
  return {
    [commandIds.openRunPanel]: async (given: unknown) => {
      const run = await choose("Open the panel of which run?", given);
      if (run) panels.open(run, run.title);
    },
    [commandIds.copyRunLink]: async (given: unknown) => {
      const run = await choose("Copy the link to which run?", given);
      if (!run) return;
      await env.clipboard.writeText(`${run.relay}/runs/${run.runId}`);
      window.setStatusBarMessage("Baton: the link to the run was copied", saidMs);
    },
    [commandIds.exportRun]: async (given: unknown) => {
      const run = await choose("Export which run?", given);
      const file = run && (await pick("Export as", exportFiles, (item) => item));
      if (run && file) await saveOutput(accounts, { relay: run.relay, runId: run.runId, file: file.file });
    },
    [commandIds.queueAgain]: async (given: unknown) => {
      const chosen = await choose("Queue the prompt of which run again?", given);
      if (!chosen) return;
      const client = await clients.of(chosen.relay);
      const run = chosen.run ?? (await client.call("readRun", { params: { id: chosen.runId } }));
      if (!run.body.prompt) return void notify("info", "This run was started without a prompt.");
      const { runnerId, agent, mode, access, body } = run;
      const request = { target: { runnerId }, agent, mode, access, body: { text: body.prompt ?? "" } };
      await withPatience("queueing the prompt", client.call("queuePrompt", { body: request }));
      window.setStatusBarMessage(`Baton: “${body.title}” is queued again`, saidMs);
    },
    [commandIds.revealRunFolder]: async (given: unknown) => {
      const runId = givenRunId(given);
      const runs = folders.all().flatMap((folder) => folder.status().runs);
      const from = runs.filter((run) => runId === undefined || run.runId === runId);
      const run = await pick("Reveal the folder of which run?", from, ({ run: { header } }) => ({
        label: header.body.title,
        description: header.body.cwd,
      }));
      if (run) await reveal(Uri.file(run.run.header.body.cwd));
    },
  } satisfies CommandRows;
}

const saidMs = 5_000;

/** In the explorer where it lies in this window, else in a window of its own. */
async function reveal(folder: Uri): Promise<void> {
  if (workspace.getWorkspaceFolder(folder)) await commands.executeCommand("revealInExplorer", folder);
  else await commands.executeCommand("vscode.openFolder", folder, { forceNewWindow: true });
}

const runItem = ({ title, agent, folder, run }: TeamRun): QuickPickItem => ({
  label: title,
  description: [agent, folder?.name, run?.status === "needs-you" && "needs you"].filter(Boolean).join(" · "),
});

const exportFiles: readonly (QuickPickItem & { readonly file: PanelFile })[] = [
  { label: "Terminal output", detail: "The bytes that the terminal got, colours included.", file: "readLog" },
  { label: "asciicast", detail: "Can be played with its timing by asciinema.", file: "readCast" },
];

/**
 * Looks for a run that is over, or of another window, where somebody is signed in.
 * @throws BatonError `not_found`; `not_signed_in` where nobody is
 */
export async function findOnRelays(
  accounts: Pick<Accounts, "all">,
  clients: RelayClients,
  runId: RunId,
): Promise<TeamRun> {
  if (accounts.all().length === 0) throw new BatonError("not_signed_in");
  let failure: unknown = new BatonError("not_found", { what: "run" });
  for (const { relay } of accounts.all()) {
    try {
      const run = await (await clients.of(relay)).call("readRun", { params: { id: runId } });
      return { relay, runId, title: run.body.title, agent: run.agent, folder: undefined, run };
    } catch (error) {
      if (!(error instanceof BatonError && error.code === "not_found")) failure = error;
    }
  }
  throw failure;
}
