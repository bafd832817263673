import assert from "node:assert/strict";
import type { SecretStorage } from "vscode";
import type { Account } from "#extension/account";
import { createAccountStore } from "#extension/accounts/account-store";
import { newId } from "#protocol/ids";

/** The editor's SecretStorage as all of its windows share it: it tells each of them of every change. */
function sharedSecrets() {
  const values = new Map<string, string>();
  const listeners = new Set<(event: { key: string }) => void>();
  const open = () =>
    ({
      get: async (key: string) => values.get(key),
      async store(key: string, value: string) {
        values.set(key, value);
        for (const listener of listeners) listener({ key });
      },
      onDidChange(listener: (event: { key: string }) => void) {
        listeners.add(listener);
        return { dispose: () => listeners.delete(listener) };
      },
    }) as unknown as SecretStorage;
  return { values, open };
}

const account = (relay: string, runnerIds: string[] = []): Account => ({
  v: 1,
  relay,
  relayId: newId("relay"),
  team: "Bakery",
  memberId: newId("member"),
  name: "Ana",
  token: `baton_${relay}`,
  tokenId: newId("token"),
  expiresAt: 1,
  runnerIds,
});
const fail = (error: unknown) => assert.fail(String(error));
const one = "https://one.example";
const two = "https://two.example";

describe("the accounts of an editor", () => {
  it("are one for each relay, and those of all windows", async () => {
    const secrets = sharedSecrets();
    const [here, there] = [createAccountStore(secrets.open(), fail), createAccountStore(secrets.open(), fail)];
    let told = 0;
    there.onChange(() => told++);
    const first = account(one);
    await here.put(first);
    await there.put(account(two));
    const second = account(one);
    assert.equal((await there.put(second))?.tokenId, first.tokenId, "the one before is given back, to be revoked");
    await here.load();
    for (const store of [here, there]) {
      assert.deepEqual(
        store
          .all()
          .map(({ relay }) => relay)
          .sort(),
        [one, two],
      );
      assert.equal(store.of(one)?.tokenId, second.tokenId);
    }
    assert.ok(told >= 2);
    await here.refused(first);
    assert.ok(here.of(one), "a token that was replaced takes nothing with it");
    await here.refused(second);
    assert.equal(here.of(one), undefined);
  });

  it("go with the last folder that brought them, and stay where a person signed in", async () => {
    const store = createAccountStore(sharedSecrets().open(), fail);
    await store.put(account(one, ["first"]));
    await store.put(account(two));
    await store.join(one, "second");
    await store.join(two, "second");
    assert.equal(await store.leave("first"), undefined);
    assert.equal((await store.leave("second"))?.relay, one);
    assert.deepEqual(store.of(two)?.runnerIds, []);
    assert.equal(await store.leave("nobody"), undefined);
  });

  it("are none where what is kept cannot be read, and all others where one cannot", async () => {
    for (const [text, relays] of [
      ["{", []],
      ["7", []],
      [JSON.stringify([{ relay: one }, account(two)]), [two]],
    ] as const) {
      const secrets = sharedSecrets();
      secrets.values.set("baton.accounts", text);
      const store = createAccountStore(secrets.open(), fail);
      await store.load();
      assert.deepEqual(
        store.all().map(({ relay }) => relay),
        relays,
      );
    }
  });
});
