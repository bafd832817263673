import assert from "node:assert/strict";
import fc from "fast-check";
import * as ids from "#protocol/ids";
import { type IdKind, idBytes, idFromBytes, idTime, newId } from "#protocol/ids";
import { idOf, maxU48 } from "./arbitraries.ts";

const schemas = {
  run: ids.RunId,
  prompt: ids.PromptId,
  thread: ids.ThreadId,
  runner: ids.RunnerId,
  member: ids.MemberId,
  device: ids.DeviceId,
  invitation: ids.InvitationId,
  token: ids.TokenId,
  store: ids.StoreId,
  relay: ids.RelayId,
  pairing: ids.PairingId,
  command: ids.CommandId,
  connection: ids.ConnectionId,
  preview: ids.PreviewId,
  share: ids.ShareId,
} as const satisfies Record<IdKind, unknown>;
const kinds = Object.keys(schemas) as IdKind[];

describe("ids", () => {
  it("carry a prefix of their own, so that one kind never passes for another", () => {
    for (const kind of kinds) {
      const id = newId(kind);
      for (const other of kinds)
        assert.equal(schemas[other].safeParse(id).success, other === kind, `${id} as ${other}`);
    }
  });

  it("are UUIDv7 (RFC 9562): version 7, variant 10, the time in front", () => {
    const now = 1_645_557_742_000; // the example of RFC 9562, appendix A.6: 017f22e2-79b0-7…
    const hex = newId("run", now).slice(4);
    assert.equal(hex.slice(0, 12), "017f22e279b0");
    assert.equal(hex[12], "7");
    assert.match(hex[16] ?? "", /[89ab]/);
  });

  it("give back the time they were made at, and sort by it", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 31 - 1 }),
        fc.nat({ max: 2 ** 16 - 1 }),
        fc.nat({ max: 2 ** 31 - 1 }),
        (low, high, step) => {
          const earlier = high * 2 ** 32 + low;
          const later = Math.min(earlier + step + 1, maxU48);
          const a = newId("run", earlier);
          const b = newId("run", later);
          assert.equal(idTime(a), earlier);
          assert.equal(idTime(b), later);
          if (later > earlier) assert.ok(a < b, `${a} < ${b}`);
        },
      ),
    );
  });

  it("are the same after a way through their 16 bytes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds).chain((kind) => idOf(kind).map((id) => [kind, id] as const)),
        ([kind, id]) => {
          assert.equal(schemas[kind].parse(id), id);
          assert.equal(idBytes(id).length, 16);
          assert.equal(idFromBytes(kind, idBytes(id)), id);
        },
      ),
    );
  });

  it("do not repeat", () => {
    const made = new Set(Array.from({ length: 20_000 }, () => newId("command", 1)));
    assert.equal(made.size, 20_000);
  });

  it("are refused in any other spelling", () => {
    const id = newId("run");
    for (const wrong of [id.toUpperCase(), id.slice(0, -1), `${id}0`, ` ${id}`, `${id}\n`, id.replace("_", "-"), ""]) {
      assert.equal(ids.RunId.safeParse(wrong).success, false, JSON.stringify(wrong));
    }
  });
});
