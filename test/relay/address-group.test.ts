import assert from "node:assert/strict";
import { maxOpenPairingsPerAddress } from "#relay/caps";
import { addressGroupOf } from "#relay/domain/address-group";
import { startDomain } from "#test/support/relay-domain";
import { newRunnerIdentity } from "#test/support/runner-client";

describe("relay: who an address counts as", () => {
  it("is the first half of an IPv6 address, and all of an IPv4 one", () => {
    const same = ["2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:0DB8:0001:0002:0:0:0:3"];
    assert.deepEqual([...new Set(same.map(addressGroupOf))], ["2001:db8:1:2::/64"]);
    assert.notEqual(addressGroupOf("2001:db8:1:3::1"), addressGroupOf("2001:db8:1:2::1"));
    assert.equal(addressGroupOf("::1"), "0:0:0:0::/64");
    assert.equal(addressGroupOf("fe80::1%eth0"), "fe80:0:0:0::/64");
    assert.equal(addressGroupOf("203.0.113.7"), "203.0.113.7");
    for (const mapped of ["::ffff:203.0.113.7", "::ffff:cb00:7107"])
      assert.equal(addressGroupOf(mapped), "203.0.113.7");
    assert.notEqual(addressGroupOf("203.0.113.8"), addressGroupOf("203.0.113.7"));
    for (const other of ["unknown", "", "::nonsense"]) assert.equal(addressGroupOf(other), other);
  });

  it("holds for the pairings of one network", async () => {
    await using test = await startDomain();
    const start = async (from: string) => test.domain.pairings.start(await newRunnerIdentity(), from);
    for (let i = 0; i < maxOpenPairingsPerAddress; i++) await start(`2001:db8:1:2::${i.toString(16)}`);
    await assert.rejects(start("2001:db8:1:2:aaaa::1"), { code: "too_many" });
    await start("2001:db8:1:3::1");
  });
});
