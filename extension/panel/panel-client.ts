import type { Accounts } from "#extension/accounts/account";
import type { PanelClient } from "#extension/local/local-client";
import type { RelayClients } from "#extension/team/relay-clients";

/** What a panel's page is read with. */
export interface UsedClient {
  readonly client: PanelClient;
  /** Told that the relay does not take the token that it was asked with. */
  refused(): void;
}

interface PanelClientDeps {
  readonly accounts: Pick<Accounts, "of" | "refused">;
  readonly clients: RelayClients;
  readonly fail: (error: unknown) => void;
}

/**
 * The client of whoever is signed in at a relay now. A refusal is of that account alone: somebody may have signed in
 * anew before it comes.
 * @throws BatonError `not_signed_in`
 */
export async function panelClient({ accounts, clients, fail }: PanelClientDeps, relay: string): Promise<UsedClient> {
  const account = accounts.of(relay);
  const client = await clients.of(relay);
  return { client, refused: () => void (account && accounts.refused(account).catch(fail)) };
}
