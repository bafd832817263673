import { hostname } from "node:os";
import { env } from "vscode";
import type { Account } from "#extension/accounts/account";
import type { AccountStore } from "#extension/accounts/account-store";
import { signOutMs } from "#extension/caps";
import { editorNetwork } from "#extension/connect/editor-network";
import { nameFrom } from "#protocol/shown-text";
import { type PairedDevice, type PairingCode, signInByCode } from "#runner/core/pairing";
import { nodeClock } from "#runner/node/host";
import { createFetch } from "#runner/node/http-fetch";
import { createClient, isSignedOut } from "#sdk/client";

/** What the relay's page and its list of tokens call this editor. */
export const editorName = (): string => nameFrom(`${env.appName} on ${hostname()}`, "an editor");

const clientOf = (relay: string, token?: string) =>
  createClient({ baseUrl: relay, fetch: createFetch(editorNetwork), ...(token !== undefined && { token }) });

/**
 * Signs this editor in without pairing a folder, by a code that a member approves.
 * @throws BatonError `pairing_declined`, `pairing_invalid` when the code got too old; the signal's reason when it aborts
 */
export async function signIn(
  relay: string,
  started: (code: PairingCode) => void,
  signal: AbortSignal,
): Promise<Account> {
  const signedIn = await signInByCode(clientOf(relay), nodeClock, editorName(), started, signal);
  return { v: 1, relay, ...signedIn, runnerIds: [] };
}

/** The account that came with a pairing, where the approving member signed the editor in. */
export const accountOfPairing = (relay: string, runnerId: string, device: PairedDevice): Account | undefined =>
  device.signedIn && {
    v: 1,
    relay,
    relayId: device.relayId,
    team: device.team,
    ...device.signedIn,
    runnerIds: [runnerId],
  };

/** Keeps an account, and revokes the token of the one whose place it takes. */
export async function keepAccount(accounts: AccountStore, account: Account): Promise<void> {
  const before = await accounts.put(account);
  if (before) await revoke(before);
}

/** Signs out here, and revokes the token where the relay can be reached. @returns whether it could */
export async function signOut(accounts: AccountStore, account: Account): Promise<boolean> {
  await accounts.remove(account);
  return revoke(account);
}

/** Has the relay forget a token. @returns whether it could be reached; never rejects */
export async function revoke({ relay, token }: Account): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, signOutMs, false).unref());
  const done = clientOf(relay, token)
    .call("signOut")
    .then(() => true as const, isSignedOut);
  return Promise.race([done, late]);
}

/** Asks the relays whether their accounts are still good. One that cannot be reached is asked another time. */
export async function checkAccounts(accounts: AccountStore): Promise<void> {
  await Promise.all(
    accounts.all().map(async (account) => {
      try {
        const { member, relay } = await clientOf(account.relay, account.token).call("readSession");
        if (member.name === account.name && relay.name === account.team) return;
        await accounts.update({ ...account, name: member.name, team: relay.name });
      } catch (error) {
        if (isSignedOut(error)) await accounts.refused(account);
      }
    }),
  );
}
