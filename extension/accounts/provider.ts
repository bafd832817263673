import {
  type AuthenticationProvider,
  type AuthenticationProviderAuthenticationSessionsChangeEvent,
  type AuthenticationSession,
  authentication,
  EventEmitter,
} from "vscode";
import type { Account, Accounts } from "#extension/account";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";
import { tokenScopes } from "#protocol/documents";
import { BatonError } from "#protocol/errors";

interface ProviderDeps {
  readonly accounts: Accounts;
  /** Signs in with what the person at this editor says. @returns undefined when they gave up */
  readonly signIn: () => Promise<Account | undefined>;
  readonly signOut: (account: Account) => Promise<void>;
}

export const providerId = "baton";

/** Shows the accounts in the editor's own *Accounts*, a session for each relay. */
export function registerAccountProvider({ accounts, signIn, signOut }: ProviderDeps): Disposable {
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>());
  let shown = accounts.all();
  disposables.add(
    toDisposable(
      accounts.onChange(() => {
        const before = new Map(shown.map((one) => [one.tokenId, one]));
        const now = new Map(accounts.all().map((one) => [one.tokenId, one]));
        shown = accounts.all();
        changed.fire({
          added: [...now.values()].filter(({ tokenId }) => !before.has(tokenId)).map(sessionOf),
          removed: [...before.values()].filter(({ tokenId }) => !now.has(tokenId)).map(sessionOf),
          changed: [...now.values()].filter(({ tokenId }) => before.has(tokenId)).map(sessionOf),
        });
      }),
    ),
  );
  const provider: AuthenticationProvider = {
    onDidChangeSessions: changed.event,
    getSessions: async (scopes, { account } = {}) => {
      if (!(scopes ?? []).every(isScope)) return [];
      return accounts
        .all()
        .map(sessionOf)
        .filter((session) => account === undefined || session.account.id === account.id);
    },
    async createSession() {
      const account = await signIn();
      if (!account) throw new BatonError("not_signed_in");
      return sessionOf(account);
    },
    async removeSession(id) {
      const account = accounts.all().find(({ tokenId }) => tokenId === id);
      if (account) await signOut(account);
    },
  };
  disposables.add(
    authentication.registerAuthenticationProvider(providerId, "Baton", provider, { supportsMultipleAccounts: true }),
  );
  return disposables;
}

const isScope = (scope: string): boolean => tokenScopes.some((known) => known === scope);

const sessionOf = ({ tokenId, token, memberId, name, team }: Account): AuthenticationSession => ({
  id: tokenId,
  accessToken: token,
  account: { id: memberId, label: `${name} at ${team}` },
  scopes: [...tokenScopes],
});
