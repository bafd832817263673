import type { SecretStorage } from "vscode";

/**
 * How accounts lie in the editor's SecretStorage, which all of its windows share and which knows no transaction: a
 * secret for each relay, so that windows that sign in at two relays at once change two things; and a list of the
 * relays, from which a name can be lost, and is put back by whoever has it.
 */
const listKey = "baton.accounts";
const keyPrefix = "baton.account ";

export const keyOfAccount = (relay: string): string => `${keyPrefix}${relay}`;
export const isAboutAccounts = (key: string): boolean => key === listKey || key.startsWith(keyPrefix);

/** Relays that are listed; beyond them the oldest are left out. */
const maxListedRelays = 200;

/** @returns the relays that are listed, and the accounts that a version before kept in their place */
export async function readRelayList(
  secrets: Pick<SecretStorage, "get">,
): Promise<{ readonly relays: readonly string[]; readonly older: readonly unknown[] }> {
  const rows = jsonOf(await secrets.get(listKey));
  const all: readonly unknown[] = Array.isArray(rows) ? rows : [];
  return {
    relays: all.filter((row): row is string => typeof row === "string"),
    older: all.filter((row) => typeof row === "object" && row !== null),
  };
}

/** Puts relays on the list that are not on it. */
export async function listRelays(secrets: SecretStorage, relays: Iterable<string>): Promise<void> {
  const { relays: listed, older } = await readRelayList(secrets);
  const all = [...new Set([...listed, ...relays])];
  if (all.length === listed.length && older.length === 0) return;
  await secrets.store(listKey, JSON.stringify(all.slice(-maxListedRelays)));
}

/** What is kept of a relay's account, as it is. */
export const readKeptAccount = async (secrets: Pick<SecretStorage, "get">, relay: string): Promise<unknown> =>
  jsonOf(await secrets.get(keyOfAccount(relay)));

function jsonOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // It was cut, or somebody else wrote it: as good as none.
    return undefined;
  }
}
