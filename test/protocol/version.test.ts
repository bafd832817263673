import assert from "node:assert/strict";
import fc from "fast-check";
import { BatonError } from "#protocol/errors";
import { roleAllows, roles } from "#protocol/roles";
import { negotiateVersion, oldestProtocolVersion, type ProtocolRange, protocolVersion } from "#protocol/version";

describe("the version of the handshake", () => {
  const table: readonly [string, ProtocolRange, ProtocolRange, number | undefined][] = [
    ["the same", { version: 1, oldest: 1 }, { version: 1, oldest: 1 }, 1],
    ["theirs is one newer", { version: 3, oldest: 2 }, { version: 2, oldest: 1 }, 2],
    ["ours is one newer", { version: 2, oldest: 1 }, { version: 3, oldest: 2 }, 2],
    ["theirs is two newer", { version: 4, oldest: 3 }, { version: 2, oldest: 1 }, undefined],
    ["ours is two newer", { version: 2, oldest: 1 }, { version: 4, oldest: 3 }, undefined],
    ["a range upside down", { version: 1, oldest: 5 }, { version: 5, oldest: 4 }, undefined],
  ];
  for (const [name, theirs, ours, expected] of table) {
    it(`${name}: ${expected ?? "refused"}`, () => {
      if (expected !== undefined) return assert.equal(negotiateVersion(theirs, ours), expected);
      return assert.throws(
        () => negotiateVersion(theirs, ours),
        (error: unknown) =>
          error instanceof BatonError &&
          error.code === "protocol_version_unsupported" &&
          error.message.includes(String(theirs.version)) &&
          error.message.includes(String(ours.version)),
      );
    });
  }

  it("is the same from both sides, and one that both know", () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.nat({ max: 3 }))
      .map(([version, back]) => ({ version, oldest: Math.max(1, version - back) }));
    fc.assert(
      fc.property(range, range, (a, b) => {
        const [ab, ba] = [attempt(a, b), attempt(b, a)];
        assert.equal(ab, ba);
        if (ab !== undefined) assert.ok(ab <= a.version && ab <= b.version && ab >= a.oldest && ab >= b.oldest);
        else assert.ok(a.version < b.oldest || b.version < a.oldest);
      }),
    );
  });

  it("speaks its own and at most the one before", () => {
    assert.ok(protocolVersion - oldestProtocolVersion <= 1 && oldestProtocolVersion >= 1);
  });
});

describe("roles", () => {
  it("allow what they and the ones before them may, and nothing else", () => {
    const order = ["viewer", "prompter", "approver", "owner"] as const;
    assert.deepEqual(roles, order);
    for (const [i, role] of order.entries()) {
      for (const [j, required] of order.entries()) assert.equal(roleAllows(role, required), i >= j);
    }
  });
});

function attempt(theirs: ProtocolRange, ours: ProtocolRange): number | undefined {
  try {
    return negotiateVersion(theirs, ours);
  } catch {
    return undefined;
  }
}
