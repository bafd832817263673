import type { AccountStore } from "#extension/accounts/account-store";
import type { Folders } from "#extension/folders";
import { connectLocally } from "#extension/hosting/connect-locally";
import { findLocalRelay } from "#extension/hosting/local-relay";
import { relayDataOf } from "#extension/hosting/relay-data";

/**
 * Connects the folders of this window that are not connected yet to the relay whose data folder `BATON_RELAY_DATA`
 * names.
 */
export async function connectByEnvironment(
  folders: Folders,
  accounts: AccountStore,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const free = folders.all().filter((folder) => !folder.pairing());
  const served = folders.all().map((folder) => folder.describe().folder);
  const dataFolder = relayDataOf(environment, served);
  const relay = dataFolder !== undefined && free.length > 0 ? await findLocalRelay(dataFolder) : undefined;
  if (!relay) return;
  for (const folder of free) await connectLocally(folder, relay, accounts);
}
