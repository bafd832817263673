import {
  type AuthenticationProvider,
  type ExtensionContext,
  version as editorVersion,
  env,
  type LogOutputChannel,
  type TerminalProfile,
  type Uri,
  workspace,
} from "vscode";
import { createAccountStore } from "#extension/accounts/account-store";
import { relaysOf } from "#extension/accounts/known-relays";
import { registerAccountProvider } from "#extension/accounts/provider";
import { checkAccounts, revoke } from "#extension/accounts/sign-in";
import { createCloudflare } from "#extension/cloudflare/cloudflare";
import { registerCommands } from "#extension/commands/register";
import { createCommandTable } from "#extension/commands/table";
import { createLinkNotices } from "#extension/connect/link-notices";
import { createPairingStore } from "#extension/connect/pairing-store";
import { createSigningIn } from "#extension/connect/signing-in";
import { spacedSecrets } from "#extension/connect/spaced-secrets";
import { createContextKeys } from "#extension/context-keys";
import type { Deeds } from "#extension/deeds";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";
import { createFolders } from "#extension/folders";
import { connectByEnvironment } from "#extension/hosting/by-environment";
import { createHosting } from "#extension/hosting/hosting";
import { createKeeperNotices } from "#extension/keeper-notices";
import { createLinkPanel } from "#extension/link-panel/link-panel";
import { notify } from "#extension/notify";
import { createLog } from "#extension/output-log";
import { isLocalRun, isOpenRun, overviewOf } from "#extension/overview";
import { createPreviewsView } from "#extension/previews/previews-view";
import { teamPreviews } from "#extension/previews/shown-previews";
import { isReadyServer, shownServers } from "#extension/previews/shown-servers";
import { createPolicySwitch } from "#extension/prompts/policy-switch";
import { createQuestions } from "#extension/prompts/questions";
import { isPolicyChosen } from "#extension/settings";
import { queuedPrompts } from "#extension/team/queued-prompts";
import { createTeam, type Team } from "#extension/team/team";
import { teamRuns } from "#extension/team/team-runs";
import { teamTemplates } from "#extension/templates/team-templates";
import { createTemplateShelf } from "#extension/templates/template-shelf";
import { createTemplatesView, type TemplatesView } from "#extension/templates/templates-view";
import { registerAgentTerminals } from "#extension/terminals/agent-terminals";
import type { UsedFolders } from "#extension/used-folders";
import { panelIcon } from "#extension/views/panel-icon";
import { createRunsView } from "#extension/views/runs-view";
import { createStatusBar } from "#extension/views/status-bar";
import type { RunnerId } from "#protocol/ids";
import { createLoginEnvironment } from "#runner/node/login-shell";

/** Everything that one window of the editor does. */
export interface BatonWindow extends Disposable {
  openLink(uri: Uri): void;
  revivePanel: Team["panels"]["revive"];
  readonly provider: AuthenticationProvider;
  /** @param id as the manifest names the profile */
  terminalProfile(id: string): Promise<TerminalProfile | undefined>;
}

/**
 * @param used is told of each folder that is connected, or has runs
 * @param deeds is told of what was done, as the walkthrough wants to know it
 */
export async function startWindow(
  context: ExtensionContext,
  output: LogOutputChannel,
  used: UsedFolders,
  deeds: Deeds,
): Promise<BatonWindow> {
  const disposables = createDisposables();
  const setContext = createContextKeys();
  const fail = (error: unknown) => {
    // A question that was open when the window went away is no failure, and nobody is there to hear of one.
    if (disposables.isDisposed) return;
    output.error(error instanceof Error && error.stack ? error.stack : String(error));
    void notify("error", `Baton: ${error instanceof Error ? error.message : String(error)}`);
  };
  output.info(`Baton ${versionOf(context)} in ${env.appName} ${editorVersion}`);
  const secrets = spacedSecrets(context.secrets);
  const accounts = disposables.add(createAccountStore(secrets, { fail, displaced: (account) => void revoke(account) }));
  const accountsRead = accounts.load().catch(fail);
  const questions = disposables.add(createQuestions(fail));
  const tellOfLinks = createLinkNotices(fail);
  const tellOfKeepers = createKeeperNotices(fail);
  const statusBar = disposables.add(createStatusBar());
  const cloudflare = createCloudflare({ output, secrets, memory: context.globalState });
  const folders = disposables.add(
    createFolders({
      cloudflare,
      output,
      questions,
      pairings: createPairingStore(secrets, {
        // The relay may be away, and a folder that is disconnected waits for nobody.
        removed: (runnerId) => void leave(runnerId).catch(fail),
        damaged: fail,
      }),
      memory: context.workspaceState,
      version: versionOf(context),
      changed,
      fail,
    }),
  );
  const leave = async (runnerId: RunnerId) => {
    const account = await accounts.leave(runnerId);
    if (account) await signingIn.signOut(account);
  };
  const signingIn = createSigningIn(accounts, () => relaysOf(accounts, folders));
  const hosting = disposables.add(createHosting({ cloudflare, output, version: versionOf(context), changed, fail }));
  const linkPanel = disposables.add(createLinkPanel(panelIcon(context), fail));
  const team = disposables.add(createTeam({ context, accounts, accountsRead, folders, deeds, changed, fail }));
  const environment = createLoginEnvironment(createLog(output, "templates"));
  const shelf = createTemplateShelf({
    built: import.meta.dirname,
    team: () => teamTemplates(accounts, team.clients),
    changed: () => templates.refresh(),
  });
  const templates: TemplatesView = disposables.add(createTemplatesView(shelf, fail));
  const previews = disposables.add(createPreviewsView(folders));
  const view = disposables.add(
    createRunsView(
      () => folders.all().flatMap((one) => one.status().runs),
      questions,
      () => queuedPrompts(folders, team.links),
    ),
  );
  let settle = (): void => undefined;
  const ready = new Promise<void>((resolve) => {
    settle = resolve;
  });
  disposables.add(
    registerCommands(
      createCommandTable({
        accounts,
        cloudflare,
        context,
        team,
        signingIn,
        hosting,
        linkPanel,
        folders,
        shelf,
        surroundings: async () => ({ built: import.meta.dirname, environment: await environment() }),
        questions,
        output,
        policy: createPolicySwitch(context.globalState),
      }),
      fail,
      ready,
    ),
  );
  const agentTerminals = disposables.add(registerAgentTerminals(folders));
  disposables.add(questions.onDidChange(changed));
  disposables.add(workspace.onDidChangeConfiguration((event) => event.affectsConfiguration("baton") && changed()));
  await accountsRead;
  const { provider } = disposables.add(registerAccountProvider({ accounts, ...signingIn }));
  disposables.add(toDisposable(accounts.onChange(changed)));
  await folders.start().finally(settle);
  checkAccounts(accounts).catch(fail);
  hosting.resume().catch(fail);
  connectByEnvironment(folders, accounts).catch(fail);
  changed();
  return {
    openLink: team.openLink,
    revivePanel: team.panels.revive,
    provider,
    terminalProfile: agentTerminals.provide,
    dispose: disposables.dispose,
  };

  function changed(): void {
    if (disposables.isDisposed) return;
    const all = folders.all();
    for (const one of all) if (one.pairing() || one.status().runs.length > 0) used.add(one.uri);
    const overview = overviewOf(
      all.map((one) => one.status()),
      questions.open().length,
    );
    statusBar.show(overview);
    tellOfLinks(all);
    tellOfKeepers(all);
    team.refresh();
    view.refresh();
    previews.refresh();
    const runs = all.flatMap((one) => one.status().runs);
    if (runs.length > 0) deeds.add("didRun");
    if (all.some((one) => one.pairing())) deeds.add("didConnect");
    if (isPolicyChosen()) deeds.add("didChoosePolicy");
    setContext({
      ready: all.length > 0,
      canConnect: all.some((one) => !one.pairing()),
      connected: all.some((one) => one.pairing()),
      paused: overview.isPaused,
      hasRuns: runs.length > 0,
      hasOpenRuns: runs.some(isOpenRun),
      canShare: all.some((one) => one.pairing() && one.status().runs.some(isLocalRun)),
      asking: questions.open().length > 0,
      signedIn: accounts.all().length > 0,
      hosting: hosting.isRunning(),
      hasServers: shownServers(folders).length > 0,
      hasReadyServers: shownServers(folders).some(isReadyServer),
      hasPreviews: all.some((one) => one.status().previews.length > 0),
      hasTeamPreviews: teamPreviews(folders, team.links).length > 0,
      hasTeamRuns: teamRuns(folders, team.links).length > 0,
    });
  }
}

const versionOf = (context: ExtensionContext): string => String(context.extension.packageJSON.version);
