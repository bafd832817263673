import assert from "node:assert/strict";
import { startLongTimer } from "#runner/keeper/long-timer";

describe("keeper: a long timer", () => {
  it("waits for the whole delay, in pieces that a timer can be", async () => {
    const sinceMs = performance.now();
    await new Promise<void>((resolve) => void startLongTimer(60, resolve, { pieceMs: 25 }));
    assert.ok(performance.now() - sinceMs >= 59, `${performance.now() - sinceMs} ms`);
  });

  it("does not call back at once where its delay is longer than a timer can be", async () => {
    let isCalled = false;
    const cancel = startLongTimer(2 ** 31, () => {
      isCalled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    cancel();
    assert.equal(isCalled, false);
  });

  it("is cancelled in whichever piece", async () => {
    let isCalled = false;
    const cancel = startLongTimer(
      30,
      () => {
        isCalled = true;
      },
      { pieceMs: 10 },
    );
    await new Promise((resolve) => setTimeout(resolve, 15));
    cancel();
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(isCalled, false);
  });
});
