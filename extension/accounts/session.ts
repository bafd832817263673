import type { AuthenticationProviderAuthenticationSessionsChangeEvent, AuthenticationSession } from "vscode";
import type { Account } from "#extension/accounts/account";
import type { TokenScope } from "#protocol/documents";

export const providerId = "baton";
export const providerLabel = "Baton";

/** What the token of an account may do. */
const scopes = ["read", "prompt", "approve"] as const satisfies readonly (typeof TokenScope)["_output"][];

export type SessionFacts = Pick<Account, "tokenId" | "token" | "memberId" | "name" | "team">;

/** An account as the editor's own *Accounts* shows it. */
export const sessionOf = ({ tokenId, token, memberId, name, team }: SessionFacts): AuthenticationSession => ({
  id: tokenId,
  accessToken: token,
  account: { id: memberId, label: `${name} at ${team}` },
  scopes: [...scopes],
});

/** The sessions that an extension asks for: with these scopes, of this account. */
export const sessionsFor = (
  accounts: readonly SessionFacts[],
  wanted: readonly string[] | undefined,
  accountId: string | undefined,
): AuthenticationSession[] =>
  (wanted ?? []).every((scope) => scopes.some((known) => known === scope))
    ? accounts.map(sessionOf).filter(({ account }) => accountId === undefined || account.id === accountId)
    : [];

/** What has become of the sessions that the editor knows. */
export function sessionChanges(
  known: readonly SessionFacts[],
  now: readonly SessionFacts[],
): AuthenticationProviderAuthenticationSessionsChangeEvent {
  const isAmong = (all: readonly SessionFacts[]) => (one: SessionFacts) =>
    all.some(({ tokenId }) => tokenId === one.tokenId);
  const isKnown = isAmong(known);
  const isThere = isAmong(now);
  return {
    added: now.filter((one) => !isKnown(one)).map(sessionOf),
    removed: known.filter((one) => !isThere(one)).map(sessionOf),
    changed: now.filter(isKnown).map(sessionOf),
  };
}
