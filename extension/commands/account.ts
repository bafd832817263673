import type { AccountStore } from "#extension/accounts/account-store";
import { commandIds } from "#extension/commands/ids";
import type { CommandRows } from "#extension/commands/register";
import type { SigningIn } from "#extension/connect/signing-in";
import { pick } from "#extension/pick";
import { withPatience } from "#extension/progress";

/** Signing in and out as a member. */
export function accountCommands(accounts: AccountStore, signingIn: SigningIn) {
  return {
    [commandIds.signIn]: (asked: unknown) => signingIn.signIn(typeof asked === "string" ? asked : undefined),
    [commandIds.signOut]: async () => {
      const account = await pick("Sign out of which relay?", accounts.all(), ({ name, team, relay }) => ({
        label: `${name} at ${team}`,
        description: relay,
      }));
      if (account) await withPatience("signing out", signingIn.signOut(account));
    },
  } satisfies CommandRows;
}
