import assert from "node:assert/strict";
import type { SecretStorage } from "vscode";
import { createPairingStore, type Pairing } from "#extension/connect/pairing-store";
import { newId, type RunnerId } from "#protocol/ids";
import { makeDeviceKey } from "#runner/node/device-key";

const pairing = (): Pairing => ({
  ...{ v: 1, relay: "https://relay.example.com", relayId: newId("relay"), team: "Bakery" },
  ...{ deviceId: newId("device"), memberId: newId("member"), key: makeDeviceKey() },
});

describe("the pairings of an editor", () => {
  const values = new Map<string, string>();
  const secrets = {
    get: async (key: string) => values.get(key),
    store: async (key: string, value: string) => void values.set(key, value),
    delete: async (key: string) => void values.delete(key),
  } as unknown as SecretStorage;
  let told: string[];
  let removed: RunnerId[];
  const store = () =>
    createPairingStore(secrets, {
      removed: (runnerId) => removed.push(runnerId),
      damaged: (error) => told.push(`${error.code}: ${error.message}`),
    });
  beforeEach(() => {
    values.clear();
    told = [];
    removed = [];
  });

  it("are one for each folder", async () => {
    const [one, other] = [newId("runner"), newId("runner")];
    const made = pairing();
    await store().write(one, made);
    assert.deepEqual(await store().read(one), made);
    assert.equal(await store().read(other), undefined);
    await store().remove(one);
    assert.equal(await store().read(one), undefined);
    assert.deepEqual([removed, told], [[one], []]);
  });

  for (const [what, damage] of [
    ["cut off", (text: string) => text.slice(0, 40)],
    ["of wrong types", () => '{"v":1,"relay":7,"key":{}}'],
    ["of a version to come", (text: string) => text.replace('"v":1', '"v":9')],
    ["empty", () => ""],
  ] as const) {
    it(`are kept aside when one is ${what}, and the folder is not connected, once said`, async () => {
      const runnerId = newId("runner");
      await store().write(runnerId, pairing());
      const [key = ""] = [...values.keys()];
      const damaged = damage(values.get(key) ?? "");
      values.set(key, damaged);
      assert.equal(await store().read(runnerId), undefined);
      assert.equal(await store().read(runnerId), undefined);
      assert.deepEqual([...values], [[`${key}.damaged`, damaged]]);
      assert.equal(told.length, 1);
      assert.match(told[0] ?? "", /^pairing_damaged: .*set aside, and what runs goes on; connect again/);
      await store().write(runnerId, pairing());
      assert.equal((await store().read(runnerId))?.team, "Bakery");
    });
  }
});
