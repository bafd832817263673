import type { Account, Accounts } from "#extension/accounts/account";
import { editorNetwork } from "#extension/connect/editor-network";
import { BatonError } from "#protocol/errors";
import type { Client } from "#sdk/client";

/** The relays' clients with the tokens of the people who are signed in here. */
export interface RelayClients {
  /** @throws BatonError `not_signed_in` where nobody is signed in there */
  of(relay: string): Promise<Client>;
}

export function createRelayClients(accounts: Pick<Accounts, "of">): RelayClients {
  const made = new Map<string, { readonly account: Account; readonly client: Promise<Client> }>();
  return {
    async of(relay) {
      const account = accounts.of(relay);
      if (!account) throw new BatonError("not_signed_in");
      const known = made.get(relay);
      if (known?.account.token === account.token) return known.client;
      const client = makeClient(account);
      made.set(relay, { account, client });
      // A failure is not kept: the next one tries again. By then another account may have its own.
      client.catch(() => made.get(relay)?.client === client && made.delete(relay));
      return client;
    },
  };
}

async function makeClient({ relay, token }: Account): Promise<Client> {
  const { relayClient } = await import("#runner/node/relay-client");
  return relayClient(relay, token, editorNetwork);
}
