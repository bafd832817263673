import { commands, type ExtensionContext } from "vscode";
import type { Accounts } from "#extension/accounts/account";
import { commandIds } from "#extension/commands/ids";
import type { Deeds } from "#extension/deeds";
import { createDisposables, type Disposable } from "#extension/disposables";
import type { Folders } from "#extension/folders";
import { type Links, registerLinks } from "#extension/links";
import { createLocalClient } from "#extension/local/local-client";
import { localSource } from "#extension/local/local-source";
import { createRunPanels, type RunPanels } from "#extension/panel/run-panels";
import { createRelayClients, type RelayClients } from "#extension/team/relay-clients";
import { saveOutput } from "#extension/team/save-output";
import { createTeamLinks, type TeamLinks } from "#extension/team/team-links";
import { createTeamView } from "#extension/views/team-view";

/** What this window sees and does as a member of the teams that somebody is signed in at. */
export interface Team extends Disposable {
  readonly links: TeamLinks;
  readonly clients: RelayClients;
  readonly panels: Pick<RunPanels, "open" | "revive">;
  /** Opens what a `vscode://` link names. */
  readonly openLink: Links["open"];
  /** Looks again at folders and accounts, and shows what is there. */
  refresh(): void;
}

interface TeamDeps {
  readonly context: Pick<ExtensionContext, "extensionUri" | "workspaceState">;
  readonly accounts: Accounts;
  readonly accountsRead: Promise<unknown>;
  readonly folders: Folders;
  readonly deeds: Pick<Deeds, "add">;
  readonly changed: () => void;
  readonly fail: (error: unknown) => void;
}

export function createTeam({ context, accounts, accountsRead, folders, deeds, changed, fail }: TeamDeps): Team {
  const disposables = createDisposables();
  const clients = createRelayClients(accounts);
  const links = disposables.add(
    createTeamLinks({
      accounts,
      clients,
      relays: () => folders.all().flatMap((folder) => folder.pairing()?.relay ?? []),
      changed,
      fail,
    }),
  );
  const panels = disposables.add(
    createRunPanels({
      context,
      accounts,
      accountsRead,
      clients,
      opened: () => deeds.add("didWatch"),
      local: (runId) => createLocalClient(localSource(folders, runId)),
      signIn: (relay) => void commands.executeCommand(commandIds.signIn, relay),
      save: ({ relay, runId }, file) => void saveOutput({ accounts, folders }, { relay, runId, file }).catch(fail),
      fail,
    }),
  );
  const ownRuns = () => folders.all().flatMap((folder) => folder.status().runs);
  const view = disposables.add(createTeamView(links.all, ownRuns));
  const runLinks = disposables.add(
    registerLinks((runId) => {
      // Where nobody is signed in, a run of this window still has its terminal.
      const shown = accounts.all().length === 0 && folders.all().some((folder) => folder.showRun(runId));
      if (!shown) void commands.executeCommand(commandIds.openRunPanel, runId);
    }),
  );
  return {
    links,
    clients,
    panels,
    openLink: runLinks.open,
    refresh() {
      links.sync();
      view.refresh();
    },
    dispose: () => disposables.dispose(),
  };
}
