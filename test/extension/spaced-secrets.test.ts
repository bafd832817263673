import assert from "node:assert/strict";
import type { SecretStorage } from "vscode";
import { secretsSettleMs } from "#extension/caps";
import { spacedSecrets } from "#extension/connect/spaced-secrets";

/**
 * As the editor in a browser keeps secrets: all of them in one text, which takes its time to be sealed, the first one
 * longest; that it has kept one is said before. It stands in for that editor, in which nobody can say how long it takes.
 */
function sealingStorage() {
  const secrets: Record<string, string> = {};
  const sealMs = [30, 5, 5, 5];
  let kept = "{}";
  const saves: Promise<void>[] = [];
  const save = () => {
    const text = JSON.stringify(secrets);
    const sealed = new Promise((resolve) => setTimeout(resolve, sealMs.shift() ?? 5));
    saves.push(
      sealed.then(() => {
        kept = text;
      }),
    );
  };
  const storage = {
    get: async (key: string) => secrets[key],
    async store(key: string, value: string) {
      if (key === "refused") throw new Error("it is refused");
      secrets[key] = value;
      save();
    },
    async delete(key: string) {
      delete secrets[key];
      save();
    },
  } as unknown as SecretStorage;
  return { storage, kept: async () => Promise.all(saves).then(() => JSON.parse(kept) as Record<string, string>) };
}

describe("secrets that are written closely together", () => {
  it("would lose each other in an editor that seals them all as one", async () => {
    const { storage, kept } = sealingStorage();
    await Promise.all([storage.store("account", "a"), storage.store("pairing", "p")]);
    assert.deepEqual(await kept(), { account: "a" });
  });

  it("are all kept, in the order in which they were written", async function () {
    this.timeout(10 * secretsSettleMs);
    const { storage, kept } = sealingStorage();
    const spaced = spacedSecrets(storage);
    await Promise.all([spaced.store("account", "a"), spaced.store("pairing", "p"), spaced.delete("account")]);
    assert.deepEqual(await kept(), { pairing: "p" });
    assert.equal(await spaced.get("pairing"), "p");
  });

  it("do not wait for one that was refused for longer than for any other", async function () {
    this.timeout(10 * secretsSettleMs);
    const { storage, kept } = sealingStorage();
    const spaced = spacedSecrets(storage);
    await assert.rejects(async () => spaced.store("refused", "r"), /it is refused/);
    await spaced.store("pairing", "p");
    assert.deepEqual(await kept(), { pairing: "p" });
  });
});
