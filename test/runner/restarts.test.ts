import assert from "node:assert/strict";
import { createRestarts } from "#runner/core/restarts";

const failing = 200;
const healthy = 60_000;

describe("a server that ends with an error", () => {
  it("is started again after a second, and then each time after twice as long, up to half a minute", () => {
    const restarts = createRestarts();
    const waits = Array.from({ length: 7 }, () => restarts.next(failing));
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  });

  it("is given up when it has ended ten times in a row", () => {
    const restarts = createRestarts();
    for (let time = 1; time <= 10; time++) assert.ok(restarts.next(failing), `start again ${time}`);
    assert.equal(restarts.next(failing), undefined);
  });

  it("begins anew when it was at work for a minute", () => {
    const restarts = createRestarts();
    for (let time = 1; time <= 10; time++) restarts.next(failing);
    assert.equal(restarts.next(healthy), 1_000);
    assert.equal(restarts.count, 1);
  });
});
