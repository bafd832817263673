import assert from "node:assert/strict";
import { createPairedRunner } from "#extension/connect/paired-runner";
import type { Pairing, PairingStore } from "#extension/connect/pairing-store";
import { newId } from "#protocol/ids";
import type { RunnerHost } from "#runner/core/host";
import { makeDeviceKey } from "#runner/node/device-key";
import { settle } from "#test/runner/intake-world";
import { scriptedHost } from "#test/support/scripted-host";

const pairing = (team: string): Pairing => ({
  ...{ v: 1, relay: `https://${team}.example.com`, relayId: newId("relay"), team },
  ...{ deviceId: newId("device"), memberId: newId("member"), key: makeDeviceKey() },
});

const nothing = () => {};

/** A folder whose secrets are written when the test says so; nobody can be reached from it. */
function createFolder() {
  let serving = 0;
  const host: RunnerHost = scriptedHost({
    connectKeeper: async () => {
      throw new Error("nobody is there");
    },
    openLink: (_, { closed }) => {
      const end = () => closed("the test ends it");
      return { ...{ sendText: nothing, sendBytes: nothing, ping: nothing, bufferedBytes: 0 }, close: end, drop: end };
    },
  });
  const { onChange } = host.rules;
  const counted: RunnerHost = {
    ...host,
    rules: {
      ...host.rules,
      onChange(listener) {
        serving++;
        const stop = onChange(listener);
        return () => {
          serving--;
          stop();
        };
      },
    },
  };
  const writes: { readonly what: string; readonly done: () => void }[] = [];
  const write = (what: string) => new Promise<void>((done) => writes.push({ what, done }));
  const pairings: PairingStore = {
    read: async () => undefined,
    write: (_, { team }) => write(team),
    remove: () => write("none"),
  };
  const failed: unknown[] = [];
  const folder = createPairedRunner({
    ...{ host: counted, pairings, pairing: undefined, changed: () => {} },
    fail: (error) => failed.push(error),
  });
  return { folder, writes, failed, serving: () => serving };
}

describe("the runner of a folder", () => {
  it("is one, whatever it is connected to, and none when the folder is closed", async () => {
    const { folder, writes, failed, serving } = createFolder();
    const connected = folder.connect(pairing("bakery"));
    await settle();
    assert.equal(folder.pairing(), undefined, "what is not kept does not count");
    writes[0]?.done();
    await connected;
    await settle();
    assert.deepEqual([folder.pairing()?.team, serving()], ["bakery", 1]);
    folder.dispose();
    await settle();
    assert.deepEqual([serving(), failed], [0, []]);
  });

  it("does not come back where its folder was closed while somebody approved the code", async () => {
    const { folder, writes, serving } = createFolder();
    const connected = folder.connect(pairing("bakery"));
    await settle();
    folder.dispose();
    writes[0]?.done();
    await connected;
    await settle();
    assert.equal(serving(), 0);
  });

  it("is connected to what is kept, where one change comes before the other is done", async () => {
    const { folder, writes } = createFolder();
    const changes = Promise.all([folder.connect(pairing("bakery")), folder.disconnect()]);
    await settle();
    assert.deepEqual(
      writes.map(({ what }) => what),
      ["bakery"],
      "one after another",
    );
    writes[0]?.done();
    await settle();
    writes[1]?.done();
    await changes;
    assert.deepEqual([writes[1]?.what, folder.pairing()], ["none", undefined]);
    folder.dispose();
  });
});
