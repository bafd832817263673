import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import { newId } from "#protocol/ids";
import { loadIdentity, normalizeRelayUrl } from "#runner/node/identity";
import { tempFolder } from "#test/support/temp";

describe("runner: identity", () => {
  const temp = tempFolder("identity");
  const dirs = { data: temp.at("data"), config: temp.at("config") };
  after(() => temp.remove());

  it("is one key in a file of the user's own, however many processes make it at once", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => loadIdentity(dirs)));
    assert.equal(new Set(all.map(({ fingerprint }) => fingerprint)).size, 1);
    assert.equal(statSync(temp.at("data", "identity", "key.json")).mode & 0o777, 0o600);
    const [{ publicKey, fingerprint }] = all as [(typeof all)[0]];
    assert.ok(!("d" in publicKey));
    assert.equal(fingerprint, `SHA256:${await calculateJwkThumbprint(publicKey)}`);
  });

  it("signs so that the public half proves it", async () => {
    const identity = loadIdentity(dirs);
    const jws = await identity.sign({ purpose: "baton-runner-link", nonce: "n" });
    const { payload, protectedHeader } = await compactVerify(jws, await importJWK(identity.publicKey, "EdDSA"));
    assert.equal(protectedHeader.alg, "EdDSA");
    assert.deepEqual(JSON.parse(new TextDecoder().decode(payload)), { purpose: "baton-runner-link", nonce: "n" });
  });

  it("keeps one runner id per folder, and one device per relay", async () => {
    const identity = loadIdentity(dirs);
    const runnerId = identity.runnerIdOf("/a");
    assert.equal(loadIdentity(dirs).runnerIdOf("/a"), runnerId);
    assert.notEqual(identity.runnerIdOf("/b"), runnerId);

    const pairing = {
      relayUrl: "https://r.example.com",
      relayId: newId("relay"),
      deviceId: newId("device"),
      team: "T",
    };
    identity.savePairing(runnerId, pairing);
    assert.deepEqual(identity.pairingOf(runnerId, "https://R.example.com/"), pairing);
    assert.equal(identity.pairingOf(runnerId, "https://other.example.com"), undefined);
  });

  it("knows a relay by its address, however it is written", () => {
    assert.equal(normalizeRelayUrl("HTTPS://Relay.Example.com/base/?x#y"), "https://relay.example.com/base");
  });
});
