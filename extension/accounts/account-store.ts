import type { SecretStorage } from "vscode";
import { Account, type Accounts } from "#extension/account";
import { createDisposables, type Disposable } from "#extension/disposables";

/** The accounts in the editor's SecretStorage, with what changes them. */
export interface AccountStore extends Accounts, Disposable {
  /** Reads what is kept. */
  load(): Promise<void>;
  /** Puts an account in the place of the relay's one. @returns the one before, where its token is another */
  put(account: Account): Promise<Account | undefined>;
  /** Notes that a folder counts on the relay's account, too. */
  join(relay: string, runnerId: string): Promise<void>;
  /** A folder is no longer connected. @returns the account that nothing needs any more; it is still there */
  leave(runnerId: string): Promise<Account | undefined>;
  remove(account: Account): Promise<void>;
}

const key = "baton.accounts";

export function createAccountStore(secrets: SecretStorage, fail: (error: unknown) => void): AccountStore {
  const disposables = createDisposables();
  const listeners = new Set<() => void>();
  let accounts: readonly Account[] = [];
  let last: Promise<unknown> = Promise.resolve();

  const show = (read: readonly Account[]) => {
    const isSame = JSON.stringify(read) === JSON.stringify(accounts);
    accounts = read;
    if (!isSame) for (const listener of [...listeners]) listener();
  };
  const read = async () => parseAccounts(await secrets.get(key));
  /** One change after another, each on what is kept now: other windows write, too. */
  const change = <T>(make: (now: readonly Account[]) => { next: readonly Account[]; result: T }): Promise<T> => {
    const done = last.then(async () => {
      const { next, result } = make(await read());
      await secrets.store(key, JSON.stringify(next));
      show(next);
      return result;
    });
    last = done.catch(() => undefined);
    return done;
  };
  const replace = (now: readonly Account[], one: Account) => [...now.filter(({ relay }) => relay !== one.relay), one];
  const remove = (account: Account) =>
    change((now) => ({ next: now.filter(({ tokenId }) => tokenId !== account.tokenId), result: undefined }));

  disposables.add(
    secrets.onDidChange((event) => {
      if (event.key === key) read().then(show, fail);
    }),
  );
  return {
    all: () => accounts,
    of: (relay) => accounts.find((account) => account.relay === relay),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: async () => show(await read()),
    put: (account) =>
      change((now) => {
        const before = now.find(({ relay }) => relay === account.relay);
        const result = before?.tokenId === account.tokenId ? undefined : before;
        return { next: replace(now, account), result };
      }),
    join: (relay, runnerId) =>
      change((now) => {
        const account = now.find((one) => one.relay === relay);
        // Who signed in by hand signs out by hand.
        if (!account || account.runnerIds.length === 0) return { next: now, result: undefined };
        const runnerIds = [...new Set([...account.runnerIds, runnerId])];
        return { next: replace(now, { ...account, runnerIds }), result: undefined };
      }),
    leave: (runnerId) =>
      change((now) => {
        const account = now.find(({ runnerIds }) => runnerIds.includes(runnerId));
        if (!account) return { next: now, result: undefined };
        const runnerIds = account.runnerIds.filter((id) => id !== runnerId);
        if (runnerIds.length === 0) return { next: now, result: account };
        return { next: replace(now, { ...account, runnerIds }), result: undefined };
      }),
    remove,
    refused: remove,
    dispose: disposables.dispose,
  };
}

/** What can be read of it: an account that cannot is signed in again. */
function parseAccounts(text: string | undefined): Account[] {
  if (text === undefined) return [];
  const rows = jsonOf(text);
  return (Array.isArray(rows) ? rows : []).flatMap((row) => {
    const parsed = Account.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
