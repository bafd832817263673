import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { fuzz } from "./fuzz.ts";

const frames = 1_000_000;

describe("a million random and mutated frames", function () {
  this.timeout(120_000);
  const seed = Number(process.env.BATON_SEED ?? randomInt(2 ** 32));

  it(`give a result or one coded error each (BATON_SEED=${seed})`, () => {
    const tally = fuzz({ seed, goesOn: (index) => index < frames });
    assert.equal(tally.cases, frames);
    // A loop in which nearly all or nearly nothing passes would test little.
    const refused = Object.values(tally.refused).reduce((sum, n) => sum + n, 0);
    assert.ok(tally.accepted > 0.1 * frames && refused > 0.3 * frames, JSON.stringify(tally));
    for (const code of ["frame_malformed", "record_damaged", "message_malformed"]) assert.ok(tally.refused[code]);
  });
});
