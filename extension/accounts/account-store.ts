import type { SecretStorage } from "vscode";
import { Account, type Accounts } from "#extension/accounts/account";
import {
  isAboutAccounts,
  keyOfAccount,
  listRelays,
  readKeptAccount,
  readRelayList,
} from "#extension/accounts/kept-accounts";
import { createDisposables, type Disposable } from "#extension/disposables";

/** The accounts in the editor's SecretStorage, with what changes them. */
export interface AccountStore extends Accounts, Disposable {
  /** Reads what is kept. */
  load(): Promise<void>;
  /** Puts an account in the place of the relay's one. @returns the one before, where its token is another */
  put(account: Account): Promise<Account | undefined>;
  /** Notes what else is said of an account, where its token is still the relay's one. */
  update(account: Account): Promise<void>;
  /** Notes that a folder counts on the relay's account, too. */
  join(relay: string, runnerId: string): Promise<void>;
  /** A folder is no longer connected. @returns the account that nothing needs any more; it is still there */
  leave(runnerId: string): Promise<Account | undefined>;
  remove(account: Account): Promise<void>;
}

interface Reactions {
  readonly fail: (error: unknown) => void;
  /** An account of this window gave way to one that another window put at the same moment: its token is nobody's. */
  readonly displaced: (account: Account) => void;
}

/** For how long after it was noted something that another window's write took away is put back. */
const mendMs = 5_000;

export function createAccountStore(secrets: SecretStorage, { fail, displaced }: Reactions): AccountStore {
  const disposables = createDisposables();
  const listeners = new Set<() => void>();
  /** By relay, in the order in which they came. */
  let accounts: ReadonlyMap<string, Account> = new Map();
  /** The tokens that this window has put … */
  const ownTokens = new Set<string>();
  /** … and the folders that it has noted a moment ago, until when, by relay. */
  const ownRunners = new Map<string, Map<string, number>>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after another, each on what is kept then. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const show = (next: ReadonlyMap<string, Account>) => {
    const isSame = JSON.stringify([...next]) === JSON.stringify([...accounts]);
    accounts = next;
    if (!isSame) for (const listener of [...listeners]) listener();
  };
  const readOne = async (relay: string): Promise<Account | undefined> => {
    const parsed = Account.safeParse(await readKeptAccount(secrets, relay));
    return parsed.success && parsed.data.relay === relay ? parsed.data : undefined;
  };
  const write = async (relay: string, next: Account | undefined) => {
    if (next) await secrets.store(keyOfAccount(relay), JSON.stringify(next));
    else await secrets.delete(keyOfAccount(relay));
    const shown = new Map(accounts);
    if (next) shown.set(relay, next);
    else shown.delete(relay);
    show(shown);
    if (next) await listRelays(secrets, [relay]);
  };
  const change = <T>(
    relay: string,
    make: (now: Account | undefined) => { readonly next?: Account | undefined; readonly result: T },
  ): Promise<T> =>
    inTurn(async () => {
      const made = make(await readOne(relay));
      if ("next" in made) await write(relay, made.next);
      return made.result;
    });

  const readAll = async (): Promise<ReadonlyMap<string, Account>> => {
    const { relays } = await readRelayList(secrets);
    // One that is shown may have been lost from the list.
    const read = await Promise.all([...new Set([...accounts.keys(), ...relays])].map(readOne));
    return new Map(read.flatMap((account) => (account ? [[account.relay, account]] : [])));
  };
  /** What another window wrote at the same moment may have taken the place of what this one did. */
  const mend = async (before: ReadonlyMap<string, Account>) => {
    await listRelays(secrets, accounts.keys());
    for (const [relay, { tokenId, runnerIds }] of accounts) {
      const mine = before.get(relay);
      if (mine && mine.tokenId !== tokenId && ownTokens.delete(mine.tokenId)) displaced(mine);
      const noted = [...(ownRunners.get(relay) ?? [])].filter(([, untilMs]) => performance.now() < untilMs);
      const missing = noted.map(([id]) => id).filter((id) => !runnerIds.includes(id));
      const now = accounts.get(relay);
      if (now && runnerIds.length > 0 && missing.length > 0) {
        await write(relay, { ...now, runnerIds: [...runnerIds, ...missing] });
      }
    }
  };
  const refresh = () =>
    inTurn(async () => {
      const before = accounts;
      show(await readAll());
      await mend(before);
    });

  /** A version before kept all accounts as one secret. */
  const takeOver = async () => {
    const { older } = await readRelayList(secrets);
    for (const row of older) {
      const parsed = Account.safeParse(row);
      if (parsed.success && !(await readOne(parsed.data.relay))) await write(parsed.data.relay, parsed.data);
    }
  };
  const noteRunners = (relay: string, ids: readonly string[]) => {
    const untilMs = performance.now() + mendMs;
    ownRunners.set(relay, new Map([...(ownRunners.get(relay) ?? []), ...ids.map((id) => [id, untilMs] as const)]));
  };
  const remove = (account: Account) =>
    change(account.relay, (now) => {
      ownTokens.delete(account.tokenId);
      return now?.tokenId === account.tokenId ? { next: undefined, result: undefined } : { result: undefined };
    });

  disposables.add(secrets.onDidChange(({ key }) => isAboutAccounts(key) && void refresh().catch(fail)));
  return {
    all: () => [...accounts.values()],
    of: (relay) => accounts.get(relay),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    load: () =>
      inTurn(async () => {
        await takeOver();
        show(await readAll());
      }),
    put: (account) =>
      change(account.relay, (before) => {
        ownTokens.add(account.tokenId);
        noteRunners(account.relay, account.runnerIds);
        return { next: account, result: before?.tokenId === account.tokenId ? undefined : before };
      }),
    update: (account) =>
      change(account.relay, (now) =>
        now?.tokenId === account.tokenId
          ? { next: { ...account, runnerIds: now.runnerIds }, result: undefined }
          : { result: undefined },
      ),
    join: (relay, runnerId) =>
      change(relay, (now) => {
        // Who signed in by hand signs out by hand.
        if (!now || now.runnerIds.length === 0) return { result: undefined };
        noteRunners(relay, [runnerId]);
        return { next: { ...now, runnerIds: [...new Set([...now.runnerIds, runnerId])] }, result: undefined };
      }),
    async leave(runnerId) {
      const account = [...accounts.values()].find(({ runnerIds }) => runnerIds.includes(runnerId));
      if (!account) return undefined;
      return change(account.relay, (now) => {
        ownRunners.get(account.relay)?.delete(runnerId);
        if (!now?.runnerIds.includes(runnerId)) return { result: undefined };
        const runnerIds = now.runnerIds.filter((id) => id !== runnerId);
        return runnerIds.length === 0 ? { result: now } : { next: { ...now, runnerIds }, result: undefined };
      });
    },
    remove,
    refused: remove,
    dispose: disposables.dispose,
  };
}
