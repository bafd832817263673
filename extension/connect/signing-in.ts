import type { Account } from "#extension/accounts/account";
import type { AccountStore } from "#extension/accounts/account-store";
import { keepAccount, signIn, signOut } from "#extension/accounts/sign-in";
import { approveByCode } from "#extension/connect/approve-by-code";
import { askForRelay, type KnownRelay } from "#extension/connect/ask-for-relay";
import { relayAddress } from "#extension/connect/relay-address";
import { askInDialog, notify, say } from "#extension/notify";
import { reaching } from "#runner/node/reaching";

/** Signing this editor in and out, as a member of a team. */
export interface SigningIn {
  /**
   * @param asked the address of the relay, where it is known which one is meant; else the person is asked
   * @returns undefined when the person gave up
   */
  signIn(asked?: string): Promise<Account | undefined>;
  signOut(account: Account): Promise<void>;
}

/** @param known the relays that this window's folders are connected to */
export function createSigningIn(accounts: AccountStore, known: () => readonly KnownRelay[]): SigningIn {
  return {
    async signIn(asked) {
      const relay =
        asked === undefined
          ? await askForRelay(
              "Sign In",
              known().filter((one) => !accounts.of(one.relay)),
            )
          : await confirmed(asked, known());
      const account =
        relay &&
        (await approveByCode(`Signing in at ${relay}`, (started, signal) =>
          reaching(relay, signIn(relay, started, signal)),
        ));
      if (!account) return undefined;
      await keepAccount(accounts, account);
      say(`you are signed in as ${account.name} at ${account.team}`);
      return account;
    },
    async signOut(account) {
      if (await signOut(accounts, account)) return;
      const text = `You are signed out here. ${account.team} could not be reached: revoke the token there, under Team.`;
      void notify("warning", text);
    },
  };
}

/** A relay that nobody here has to do with yet is named in a question first: somebody else may have chosen it. */
async function confirmed(asked: string, known: readonly KnownRelay[]): Promise<string | undefined> {
  const relay = relayAddress(asked);
  if (relay === undefined || known.some((one) => one.relay === relay)) return relay;
  const signIn = "Sign In";
  const detail = "Its page opens in your browser, and what you approve there this editor may do as you.";
  return (await askInDialog("info", `Sign in at ${relay}?`, detail, signIn)) === signIn ? relay : undefined;
}
