import { env, Uri } from "vscode";
import type { AccountStore } from "#extension/accounts/account-store";
import { relaysOf } from "#extension/accounts/known-relays";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import { askForRelay } from "#extension/connect/ask-for-relay";
import { connectFolder } from "#extension/connect/connect-folder";
import type { EditorFolder } from "#extension/folder";
import type { Folders } from "#extension/folders";
import { say } from "#extension/notify";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";

/** What connects folders to relays, and looks at how they are. */
export function connectionCommands(folders: Folders, accounts: AccountStore) {
  const all = () => folders.all();
  const paired = () => all().filter((folder) => folder.pairing());
  return {
    [commandIds.connect]: async () => {
      const free = all().filter((folder) => !folder.pairing());
      const folder = await pick("Connect which folder?", free, folderItem);
      const relay = folder && (await askForRelay("Connect to a Relay", relaysOf(accounts, folders)));
      const pairing = relay && (await connectFolder(folder, accounts, relay));
      if (!pairing) return;
      say(`${folder.name} now takes prompts from the team ${pairing.team}`);
    },
    [commandIds.disconnect]: async () => {
      const folder = await pick("Disconnect which folder?", paired(), folderItem);
      if (folder) await withPatience("disconnecting", folder.disconnect());
    },
    [commandIds.openDashboard]: async () => {
      const folder = await pick("Open the dashboard of which folder?", paired(), folderItem);
      const relay = folder?.pairing()?.relay;
      if (relay) await env.openExternal(Uri.parse(relay));
    },
    [commandIds.check]: async () => {
      await withPatience("looking for agents", Promise.all(all().map((folder) => folder.check())));
    },
  } satisfies CommandRows;
}

const folderItem = (folder: EditorFolder) => ({ label: folder.name, description: folder.describe().folder });
