import assert from "node:assert/strict";
import type { SecretStorage } from "vscode";
import type { Account } from "#extension/accounts/account";
import { createAccountStore } from "#extension/accounts/account-store";
import { newId } from "#protocol/ids";

/** The editor's SecretStorage as all of its windows share it: it tells each of them of every change. */
function sharedSecrets() {
  const values = new Map<string, string>();
  const listeners = new Set<(event: { key: string }) => void>();
  const tell = (key: string) => {
    for (const listener of listeners) queueMicrotask(() => listener({ key }));
  };
  const open = () =>
    ({
      get: async (key: string) => values.get(key),
      async store(key: string, value: string) {
        values.set(key, value);
        tell(key);
      },
      async delete(key: string) {
        values.delete(key);
        tell(key);
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
const reactions = { fail: (error: unknown) => assert.fail(String(error)), displaced: () => {} };
/** Until every window has taken in what the others wrote. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
const one = "https://one.example";
const two = "https://two.example";

describe("the accounts of an editor", () => {
  it("are one for each relay, and those of all windows", async () => {
    const secrets = sharedSecrets();
    const [here, there] = [
      createAccountStore(secrets.open(), reactions),
      createAccountStore(secrets.open(), reactions),
    ];
    let told = 0;
    there.onChange(() => told++);
    const first = account(one);
    await here.put(first);
    await there.put(account(two));
    const second = account(one);
    assert.equal((await there.put(second))?.tokenId, first.tokenId, "the one before is given back, to be revoked");
    await settled();
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
    const store = createAccountStore(sharedSecrets().open(), reactions);
    await store.put(account(one, ["first"]));
    await store.put(account(two));
    await store.join(one, "second");
    await store.join(two, "second");
    assert.equal(await store.leave("first"), undefined);
    assert.equal((await store.leave("second"))?.relay, one);
    assert.deepEqual(store.of(two)?.runnerIds, []);
    assert.equal(await store.leave("nobody"), undefined);
  });

  it("are all there where two windows sign in at the same moment, and one where it is the same relay", async () => {
    const secrets = sharedSecrets();
    const displaced: string[] = [];
    const open = () =>
      createAccountStore(secrets.open(), { ...reactions, displaced: ({ tokenId }) => void displaced.push(tokenId) });
    const [here, there] = [open(), open()];
    await Promise.all([here.put(account(one)), there.put(account(two))]);
    await settled();
    const later = createAccountStore(secrets.open(), reactions);
    await later.load();
    for (const store of [here, there, later]) {
      assert.deepEqual(
        store
          .all()
          .map(({ relay }) => relay)
          .sort(),
        [one, two],
      );
    }
    const three = "https://three.example";
    const [first, second] = [account(three, ["first"]), account(three, ["second"])];
    const before = await Promise.all([here.put(first), there.put(second)]);
    await settled();
    const kept = later.of(three)?.tokenId;
    assert.equal(here.of(three)?.tokenId, kept);
    const lost = kept === first.tokenId ? second : first;
    assert.ok([...displaced, ...before.map((one) => one?.tokenId)].includes(lost.tokenId), "its token is revoked");
    await Promise.all([here.join(three, "third"), there.join(three, "fourth")]);
    await settled();
    const runnerIds = later.of(three)?.runnerIds ?? [];
    assert.ok(runnerIds.includes("third") && runnerIds.includes("fourth"), runnerIds.join());
  });

  it("take no news of a token that was replaced meanwhile", async () => {
    const secrets = sharedSecrets();
    const store = createAccountStore(secrets.open(), reactions);
    const [old, current] = [account(one), account(one)];
    await store.put(old);
    await store.put(current);
    await store.update({ ...old, name: "Anna" });
    assert.deepEqual([store.of(one)?.tokenId, store.of(one)?.name], [current.tokenId, "Ana"]);
    await store.update({ ...current, name: "Anna" });
    assert.equal(store.of(one)?.name, "Anna");
  });

  it("are none where what is kept cannot be read, and all others where one cannot", async () => {
    for (const [text, relays] of [
      ["{", []],
      ["7", []],
      [JSON.stringify([{ relay: one }, account(two)]), [two]],
    ] as const) {
      const secrets = sharedSecrets();
      secrets.values.set("baton.accounts", text);
      const store = createAccountStore(secrets.open(), reactions);
      await store.load();
      assert.deepEqual(
        store.all().map(({ relay }) => relay),
        relays,
      );
    }
  });
});
