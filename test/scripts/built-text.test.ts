import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { distFolder } from "#test/support/dist";

const maxRelayBytes = 1_500_000;

/** Node keeps the text of a program as long as it runs, and twice as large where one letter of it is beyond ASCII. */
describe("the text of the programs that run all day", () => {
  for (const name of ["baton-relay.cjs", "baton.cjs", "keeper.cjs", "window.cjs"]) {
    it(`${name} has nothing beyond ASCII in it`, () => {
      const bytes = readFileSync(join(distFolder, name));
      const at = bytes.findIndex((byte) => byte > 0x7f);
      assert.equal(at, -1, `beyond ASCII: ${bytes.subarray(Math.max(0, at - 40), at + 40)}`);
    });
  }

  it("baton-relay.cjs is without the tables that Express's parts bring, which are as large as all the rest", () => {
    const { size } = statSync(join(distFolder, "baton-relay.cjs"));
    assert.ok(size < maxRelayBytes, `it has ${size} bytes`);
  });
});
