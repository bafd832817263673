import {
  type AuthenticationProvider,
  type AuthenticationProviderAuthenticationSessionsChangeEvent,
  authentication,
  EventEmitter,
} from "vscode";
import type { Account, Accounts } from "#extension/accounts/account";
import { providerId, providerLabel, sessionChanges, sessionOf, sessionsFor } from "#extension/accounts/session";
import { createDisposables, type Disposable, toDisposable } from "#extension/disposables";
import { BatonError } from "#protocol/errors";

interface ProviderDeps {
  readonly accounts: Accounts;
  /** Signs in with what the person at this editor says. @returns undefined when they gave up */
  readonly signIn: () => Promise<Account | undefined>;
  readonly signOut: (account: Account) => Promise<void>;
}

interface RegisteredProvider extends Disposable {
  readonly provider: AuthenticationProvider;
}

/** Shows the accounts in the editor's own *Accounts*, a session for each relay. */
export function registerAccountProvider({ accounts, signIn, signOut }: ProviderDeps): RegisteredProvider {
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>());
  let shown = accounts.all();
  disposables.add(
    toDisposable(
      accounts.onChange(() => {
        const before = shown;
        shown = accounts.all();
        changed.fire(sessionChanges(before, shown));
      }),
    ),
  );
  const provider: AuthenticationProvider = {
    onDidChangeSessions: changed.event,
    getSessions: async (scopes, { account } = {}) => {
      return sessionsFor(accounts.all(), scopes, account?.id);
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
    authentication.registerAuthenticationProvider(providerId, providerLabel, provider, {
      supportsMultipleAccounts: true,
    }),
  );
  return { provider, dispose: disposables.dispose };
}
