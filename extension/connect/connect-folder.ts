import type { AccountStore } from "#extension/accounts/account-store";
import { accountOfPairing, editorName, keepAccount } from "#extension/accounts/sign-in";
import { approveByCode } from "#extension/connect/approve-by-code";
import { pair } from "#extension/connect/pair";
import type { Pairing } from "#extension/connect/pairing-store";
import type { EditorFolder } from "#extension/folder";
import { reaching } from "#runner/node/reaching";

/**
 * Connects a folder to a relay: opens the page that approves the code, and waits for the answer. Where nobody is signed
 * in at that relay it asks for that, too.
 * @param relay its address, without a slash at its end
 * @returns the pairing, or undefined when the person gave up
 */
export async function connectFolder(
  folder: EditorFolder,
  accounts: AccountStore,
  relay: string,
): Promise<Pairing | undefined> {
  const { runnerId } = folder;
  const signIn = accounts.of(relay) ? undefined : { name: editorName() };
  const paired = await approveByCode(`Connecting ${folder.name} to ${relay}`, (started, signal) =>
    reaching(
      relay,
      pair({
        ...{ relay, runnerId, body: folder.describe(), signal, signIn },
        started: (code, fingerprint) => started(code, `Fingerprint: ${fingerprint}`),
      }),
    ),
  );
  if (!paired) return undefined;
  const account = accountOfPairing(relay, runnerId, paired.device);
  if (account) await keepAccount(accounts, account);
  else await accounts.join(relay, runnerId);
  await folder.connect(paired.pairing);
  return paired.pairing;
}
