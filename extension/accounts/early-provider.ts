import {
  type AuthenticationProvider,
  type AuthenticationProviderAuthenticationSessionsChangeEvent,
  authentication,
  EventEmitter,
  type SecretStorage,
} from "vscode";
import { isAboutAccounts, readKeptAccount, readRelayList } from "#extension/accounts/kept-accounts";
import { providerId, providerLabel, type SessionFacts, sessionChanges, sessionsFor } from "#extension/accounts/session";
import { createDisposables, type Disposable } from "#extension/disposables";

/**
 * Shows who is signed in, in a window where Baton is not used: it reads what is kept when the editor asks, and starts
 * nothing. Signing in and out is a use.
 * @param begin makes the window's real parts, with the real provider among them
 */
export function registerEarlyProvider(
  secrets: SecretStorage,
  begin: () => Promise<AuthenticationProvider>,
  fail: (error: unknown) => void,
): Disposable {
  const disposables = createDisposables();
  const changed = disposables.add(new EventEmitter<AuthenticationProviderAuthenticationSessionsChangeEvent>());
  /** As the editor knows them; undefined: it has not asked yet. */
  let shown: readonly SessionFacts[] | undefined;
  const provider: AuthenticationProvider = {
    onDidChangeSessions: changed.event,
    async getSessions(scopes, { account } = {}) {
      shown = await readAll(secrets);
      return sessionsFor(shown, scopes, account?.id);
    },
    createSession: async (...given) => (await begin()).createSession(...given),
    removeSession: async (...given) => (await begin()).removeSession(...given),
  };
  disposables.add(
    authentication.registerAuthenticationProvider(providerId, providerLabel, provider, {
      supportsMultipleAccounts: true,
    }),
  );
  const look = async () => {
    if (!shown) return;
    const before = shown;
    shown = await readAll(secrets);
    changed.fire(sessionChanges(before, shown));
  };
  disposables.add(secrets.onDidChange(({ key }) => isAboutAccounts(key) && void look().catch(fail)));
  return disposables;
}

async function readAll(secrets: SecretStorage): Promise<SessionFacts[]> {
  const { relays, older } = await readRelayList(secrets);
  const kept = await Promise.all(relays.map((relay) => readKeptAccount(secrets, relay)));
  return [...older, ...kept].filter(isSession);
}

/** The window's real parts look more closely; what can be read takes long to load. */
const isSession = (kept: unknown): kept is SessionFacts =>
  typeof kept === "object" &&
  kept !== null &&
  ["tokenId", "token", "memberId", "name", "team"].every(
    (name) => typeof (kept as Record<string, unknown>)[name] === "string",
  );
