import type { Accounts } from "#extension/accounts/account";
import type { KnownRelay } from "#extension/connect/ask-for-relay";
import type { Folders } from "#extension/folders";

/** The relays that somebody is signed in at, and those of this window's folders; each once. */
export function relaysOf(accounts: Pick<Accounts, "all">, folders: Pick<Folders, "all">): KnownRelay[] {
  const pairings = folders.all().flatMap((folder) => folder.pairing() ?? []);
  return [...new Map([...pairings, ...accounts.all()].map(({ relay, team }) => [relay, { relay, team }])).values()];
}
