import type { AccountStore } from "#extension/accounts/account-store";
import { editorName, keepAccount } from "#extension/accounts/sign-in";
import type { EditorFolder } from "#extension/folder";
import type { LocalRelay } from "#extension/hosting/local-relay";

/**
 * Connects a folder to a relay of this machine, and signs this editor in there: without a code, because this user may
 * read the relay's data.
 */
export async function connectLocally(folder: EditorFolder, relay: LocalRelay, accounts: AccountStore): Promise<void> {
  const { runnerId } = folder;
  if (accounts.of(relay.own)) await accounts.join(relay.own, runnerId);
  else await keepAccount(accounts, await relay.signIn(editorName(), runnerId));
  await folder.connect(await relay.pair(runnerId, folder.describe()));
}
