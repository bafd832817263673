import { commands, env, type QuickPickItem, Uri, workspace } from "vscode";
import type { Accounts } from "#extension/accounts/account";
import { givenRunId } from "#extension/commands/given";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import { isLoopback } from "#extension/connect/relay-address";
import type { Folders } from "#extension/folders";
import type { LinkPanel, LinkSubject } from "#extension/link-panel/link-panel";
import { localSource } from "#extension/local/local-source";
import { withoutIcons } from "#extension/notification-text";
import { notify, say } from "#extension/notify";
import type { RunPanels } from "#extension/panel/run-panels";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";
import type { RelayClients } from "#extension/team/relay-clients";
import { saveOutput } from "#extension/team/save-output";
import type { TeamLinks } from "#extension/team/team-links";
import { shownRuns, type TeamRun, teamRuns } from "#extension/team/team-runs";
import { BatonError } from "#protocol/errors";
import type { RunId } from "#protocol/ids";
import { localPlace, type PanelFile } from "#protocol/panel-link";

interface TeamCommandDeps {
  readonly folders: Folders;
  readonly links: TeamLinks;
  readonly panels: Pick<RunPanels, "open">;
  readonly linkPanel: LinkPanel;
  readonly clients: RelayClients;
  readonly accounts: Pick<Accounts, "all" | "of">;
}

/** What is done with a run as it is seen from afar: over a relay where somebody is signed in, else from its keeper. */
export function teamCommands({ folders, links, panels, linkPanel, clients, accounts }: TeamCommandDeps) {
  const find = async (runId: RunId): Promise<TeamRun> => {
    try {
      return await findOnRelays(accounts, clients, runId);
    } catch (error) {
      // A window that has just begun is told of its runs in a moment; their keeper knows them now.
      const here = await findHere(folders, runId);
      if (here) return here;
      throw error;
    }
  };
  const choose = async (title: string, given: unknown, from = teamRuns): Promise<TeamRun | undefined> => {
    const runId = givenRunId(given);
    const all = from(folders, links);
    if (runId === undefined) return pick(title, all, runItem);
    return all.find((run) => run.runId === runId) ?? (await withPatience("looking for the run", find(runId)));
  };
  return {
    [commandIds.openRunPanel]: async (given: unknown) => {
      const run = await choose("Open the panel of which run?", given, shownRuns);
      if (run) panels.open(run, run.title);
    },
    [commandIds.copyRunLink]: async (given: unknown) => {
      const run = await choose("Copy the link to which run?", given);
      if (!run) return;
      await env.clipboard.writeText(`${run.relay}/runs/${run.runId}`);
      say("the link to the run was copied");
    },
    [commandIds.showRunCode]: async (given: unknown) => {
      const run = await choose("Show the link to which run?", given);
      if (run) await linkPanel.show(runLink(run));
    },
    [commandIds.exportRun]: async (given: unknown) => {
      const run = await choose("Export which run?", given, shownRuns);
      const file = run && (await pick("Export as", exportFiles, (item) => item));
      if (run && file) await saveOutput({ accounts, folders }, { relay: run.relay, runId: run.runId, file: file.file });
    },
    [commandIds.queueAgain]: async (given: unknown) => {
      const chosen = await choose("Queue the prompt of which run again?", given);
      if (!chosen) return;
      const client = await clients.of(chosen.relay);
      const read = () => client.call("readRun", { params: { id: chosen.runId } });
      const run = chosen.run ?? (await withPatience("reading the run", read()));
      if (!run.body.prompt) return void notify("info", "This run was started without a prompt.");
      const { runnerId, agent, mode, access, body } = run;
      const request = { target: { runnerId }, agent, mode, access, body: { text: body.prompt ?? "" } };
      await withPatience("queueing the prompt", client.call("queuePrompt", { body: request }));
      say(`“${body.title}” is queued again`);
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

/** The link to a run, for a phone's camera. It lets in nobody who is not signed in there. */
function runLink({ relay, runId, title }: TeamRun): LinkSubject {
  const isHere = isLoopback(relay);
  return {
    title: "Link to Run",
    heading: title,
    notes: isHere
      ? [`The link opens in browsers of this computer: phones do not reach ${relay}.`]
      : [
          "Scan the code with a phone that is signed in at the relay: the run opens there, to be watched and typed into.",
          "To sign a phone in, make a link for another device on the dashboard, under Team.",
        ],
    hasCode: !isHere,
    make: async () => ({ url: `${relay}/runs/${runId}` }),
  };
}

/** In the explorer where it lies in this window, else in a window of its own. */
async function reveal(folder: Uri): Promise<void> {
  if (workspace.getWorkspaceFolder(folder)) await commands.executeCommand("revealInExplorer", folder);
  else await commands.executeCommand("vscode.openFolder", folder, { forceNewWindow: true });
}

const runItem = ({ title, agent, folder, run }: TeamRun): QuickPickItem => ({
  label: withoutIcons(title),
  description: withoutIcons(
    [agent, folder?.name, run?.status === "needs-you" && "needs you"].filter(Boolean).join(" · "),
  ),
});

const exportFiles: readonly (QuickPickItem & { readonly file: PanelFile })[] = [
  { label: "Terminal output", detail: "The bytes that the terminal got, colours included.", file: "readLog" },
  { label: "asciicast", detail: "Can be played with its timing by asciinema.", file: "readCast" },
];

async function findHere(folders: Folders, runId: RunId): Promise<TeamRun | undefined> {
  try {
    const { run, keeper } = await localSource(folders, runId).find();
    keeper.close();
    const { agent, body } = run.header;
    return { relay: localPlace, runId, title: body.title, agent, folder: undefined, run: undefined };
  } catch (error) {
    if (error instanceof BatonError) return undefined;
    throw error;
  }
}

/**
 * Looks for a run that is over, or of another window, where somebody is signed in.
 * @throws BatonError `not_found`; `not_signed_in` where nobody is
 */
async function findOnRelays(accounts: Pick<Accounts, "all">, clients: RelayClients, runId: RunId): Promise<TeamRun> {
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
