import type { Account } from "#extension/account";
import type { AccountStore } from "#extension/accounts/account-store";
import { keepAccount, signIn, signOut } from "#extension/accounts/sign-in";
import { approveByCode } from "#extension/approve-by-code";
import { askForRelay, type KnownRelay } from "#extension/ask-for-relay";
import { commandIds } from "#extension/commands/ids";
import { pick } from "#extension/commands/pick";
import type { CommandRows } from "#extension/commands/register";
import { notify } from "#extension/notify";

/** Signing this editor in and out, as a member of a team. */
export interface SigningIn {
  /** @returns undefined when the person gave up */
  signIn(): Promise<Account | undefined>;
  signOut(account: Account): Promise<void>;
}

/** @param known the relays that this window's folders are connected to */
export function createSigningIn(accounts: AccountStore, known: () => readonly KnownRelay[]): SigningIn {
  return {
    async signIn() {
      const relay = await askForRelay(
        "Sign In",
        known().filter((one) => !accounts.of(one.relay)),
      );
      const account =
        relay && (await approveByCode(`Signing in at ${relay}`, (started, signal) => signIn(relay, started, signal)));
      if (!account) return undefined;
      await keepAccount(accounts, account);
      void notify("info", `You are signed in as ${account.name} at ${account.team}.`);
      return account;
    },
    async signOut(account) {
      if (await signOut(accounts, account)) return;
      const text = `You are signed out here. ${account.team} could not be reached: revoke the token there, under Team.`;
      void notify("warning", text);
    },
  };
}

export function accountCommands(accounts: AccountStore, signingIn: SigningIn) {
  return {
    [commandIds.signIn]: () => signingIn.signIn(),
    [commandIds.signOut]: async () => {
      const account = await pick("Sign out of which relay?", accounts.all(), ({ name, team, relay }) => ({
        label: `${name} at ${team}`,
        description: relay,
      }));
      if (account) await signingIn.signOut(account);
    },
  } satisfies CommandRows;
}
