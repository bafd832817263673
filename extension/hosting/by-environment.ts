import type { AccountStore } from "#extension/accounts/account-store";
import type { Folders } from "#extension/folders";
import { connectLocally } from "#extension/hosting/connect-locally";
import { findLocalRelay } from "#extension/hosting/local-relay";

/**
 * Connects the folders of this window that are not connected yet to the relay whose data folder `BATON_RELAY_DATA`
 * names. Who sets the editor's environment is its user, and only they can read that folder.
 */
export async function connectByEnvironment(
  folders: Folders,
  accounts: AccountStore,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const free = folders.all().filter((folder) => !folder.pairing());
  const dataFolder = environment.BATON_RELAY_DATA;
  const relay = dataFolder && free.length > 0 ? await findLocalRelay(dataFolder) : undefined;
  if (!relay) return;
  for (const folder of free) await connectLocally(folder, relay, accounts);
}
