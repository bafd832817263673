import assert from "node:assert/strict";
import fc from "fast-check";
import { turnBytes } from "#runner/core/caps";
import { createFairQueue, createFlow } from "#runner/core/fair-queue";

const frame = (bytes: number, tag: number) => new Uint8Array(bytes).fill(tag);

describe("runner: fair queue", () => {
  it("lets the echo of a key overtake what a flooding run has waiting", () => {
    const queue = createFairQueue();
    const flood = createFlow();
    const echo = createFlow();
    for (let i = 0; i < 64; i++) queue.push(flood, frame(16 * 1024, 1));
    const before = Array.from({ length: 6 }, () => queue.next()?.[0]);
    assert.deepEqual(before, [1, 1, 1, 1, 1, 1]);
    queue.push(echo, frame(41, 2));
    assert.equal(queue.next()?.[0], 2);
  });

  it("gives flooding runs equal shares", () => {
    const queue = createFairQueue();
    const flows = [createFlow(), createFlow(), createFlow()];
    for (const [tag, flow] of flows.entries()) {
      for (let i = 0; i < 200; i++) queue.push(flow, frame(tag === 0 ? 1_024 : 16 * 1024, tag));
    }
    const sent = [0, 0, 0];
    for (let total = 0; total < 40 * turnBytes; ) {
      const next = queue.next();
      if (!next) break;
      sent[next[0] ?? 0] = (sent[next[0] ?? 0] ?? 0) + next.length;
      total += next.length;
      if (sent[0] === 200 * 1_024) break;
    }
    const [a = 0, b = 0, c = 0] = sent;
    for (const share of [b, c]) assert.ok(Math.abs(share - a) <= 2 * turnBytes, `${sent}`);
  });

  it("loses nothing, repeats nothing, and keeps the order of each run", () => {
    const step = fc.record({ flow: fc.nat(3), bytes: fc.integer({ min: 4, max: 40_000 }), take: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const queue = createFairQueue();
        const flows = [createFlow(), createFlow(), createFlow(), createFlow()];
        const given = flows.map(() => 0);
        const taken = flows.map(() => 0);
        const take = () => {
          const next = queue.next();
          if (!next) return false;
          const view = new DataView(next.buffer);
          const flow = view.getUint8(0);
          assert.equal(view.getUint16(1), taken[flow]);
          taken[flow] = (taken[flow] ?? 0) + 1;
          return true;
        };
        for (const { flow, bytes, take: takes } of steps) {
          const made = new Uint8Array(bytes);
          new DataView(made.buffer).setUint8(0, flow);
          new DataView(made.buffer).setUint16(1, given[flow] ?? 0);
          given[flow] = (given[flow] ?? 0) + 1;
          const target = flows[flow];
          if (target) queue.push(target, made);
          for (let i = 0; i < takes; i++) take();
        }
        while (take());
        assert.deepEqual(taken, given);
      }),
    );
  });

  it("never starves a waiting run, however many quiet ones wake up", () => {
    const queue = createFairQueue();
    const bulk = createFlow();
    for (let i = 0; i < 8; i++) queue.push(bulk, frame(turnBytes, 9));
    const trickles = Array.from({ length: 5 }, createFlow);
    let bulkSent = 0;
    for (let round = 0; round < 200 && bulkSent < 8; round++) {
      for (const trickle of trickles) queue.push(trickle, frame(64, 1));
      for (let i = 0; i < trickles.length + 1; i++) if (queue.next()?.[0] === 9) bulkSent++;
    }
    assert.equal(bulkSent, 8);
  });
});
