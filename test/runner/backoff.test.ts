import assert from "node:assert/strict";
import fc from "fast-check";
import { createBackoff } from "#runner/core/backoff";
import { firstBackoffMs, maxBackoffMs } from "#runner/core/caps";

const draws = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 60 });

describe("runner: backoff", () => {
  it("grows from the first ceiling to the largest, and starts again after a reset", () => {
    const backoff = createBackoff(() => 0.999_999);
    const waits = Array.from({ length: 20 }, () => backoff.nextMs());
    assert.deepEqual(waits.slice(0, 5), [500, 500, 500, 750, 1_125]);
    assert.equal(waits.at(-1), maxBackoffMs);
    backoff.reset();
    assert.equal(backoff.nextMs(), firstBackoffMs);
  });

  it("never waits longer than half of the outage, nor than 30 s", () => {
    fc.assert(
      fc.property(draws, (values) => {
        let draw = 0;
        const backoff = createBackoff(() => draw);
        let outageMs = 0;
        for (draw of values) {
          const waitMs = backoff.nextMs();
          assert.ok(waitMs <= Math.min(maxBackoffMs, Math.max(firstBackoffMs, outageMs / 2 + 1)));
          outageMs += waitMs;
        }
      }),
    );
  });

  it("spreads over the whole range, so that runners do not come back in step", () => {
    fc.assert(
      fc.property(draws, (values) => {
        for (const value of values) {
          assert.equal(createBackoff(() => value).nextMs(), Math.round(value * firstBackoffMs));
        }
      }),
    );
  });
});
