import type { ExtensionContext, LogOutputChannel } from "vscode";
import type { AccountStore } from "#extension/accounts/account-store";
import type { Cloudflare } from "#extension/cloudflare/cloudflare";
import { accountCommands } from "#extension/commands/account";
import { cloudflareCommands } from "#extension/commands/cloudflare";
import { connectionCommands } from "#extension/commands/connection";
import { helpCommands } from "#extension/commands/help";
import { hostingCommands } from "#extension/commands/hosting";
import { commandIds } from "#extension/commands/ids";
import { menu } from "#extension/commands/menu";
import { newRunCommands } from "#extension/commands/new-run";
import { policyCommands } from "#extension/commands/policy";
import { previewCommands } from "#extension/commands/previews";
import { queueCommands } from "#extension/commands/queue-prompt";
import type { CommandTable } from "#extension/commands/register";
import { runCommands } from "#extension/commands/runs";
import { serverCommands } from "#extension/commands/servers";
import { teamCommands } from "#extension/commands/team";
import { templateCommands } from "#extension/commands/templates";
import type { SigningIn } from "#extension/connect/signing-in";
import type { Folders } from "#extension/folders";
import type { Hosting } from "#extension/hosting/hosting";
import type { LinkPanel } from "#extension/link-panel/link-panel";
import type { PolicySwitch } from "#extension/prompts/policy-switch";
import type { Questions } from "#extension/prompts/questions";
import type { Team } from "#extension/team/team";
import type { Surroundings } from "#extension/templates/choose-template";
import type { TemplateShelf } from "#extension/templates/template-shelf";

interface CommandDeps {
  readonly cloudflare: Cloudflare;
  readonly accounts: AccountStore;
  readonly context: ExtensionContext;
  readonly team: Team;
  readonly signingIn: SigningIn;
  readonly hosting: Hosting;
  readonly linkPanel: LinkPanel;
  readonly folders: Folders;
  readonly shelf: TemplateShelf;
  readonly surroundings: () => Promise<Surroundings>;
  readonly questions: Questions;
  readonly output: LogOutputChannel;
  readonly policy: PolicySwitch;
}

/** Every command, from the tables of their areas. */
export const createCommandTable = ({
  accounts,
  cloudflare,
  context,
  team,
  signingIn,
  hosting,
  linkPanel,
  folders,
  shelf,
  surroundings,
  questions,
  output,
  policy,
}: CommandDeps): CommandTable => ({
  ...accountCommands(accounts, signingIn),
  ...connectionCommands(folders, accounts),
  ...hostingCommands(hosting, folders, accounts, linkPanel, cloudflare),
  ...policyCommands(policy, questions),
  ...newRunCommands(folders),
  ...runCommands(folders),
  ...previewCommands({ folders, linkPanel, ...team }),
  ...serverCommands(folders),
  ...cloudflareCommands(cloudflare),
  ...templateCommands({ folders, shelf, surroundings }),
  ...teamCommands({ folders, accounts, linkPanel, ...team }),
  ...queueCommands({ folders, ...team }),
  ...helpCommands(context, folders),
  [commandIds.menu]: () => menu({ folders, questions, accounts, hosting }),
  [commandIds.showLog]: () => output.show(),
});
