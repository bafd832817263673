import assert from "node:assert/strict";
import { BatonError } from "#protocol/errors";
import { GroupCommit } from "#relay/store/embedded/group-commit";

const entry = (bytes: number) => ({ bytes: new Uint8Array(bytes) });
const hourMs = 3_600_000;

/** A commit whose disk is as fast as can be, and what it was asked to write: bytes of each entry, by batch. */
function commit(options: { readonly gatherMs?: number; readonly gatherBytes?: number }) {
  const batches: number[][] = [];
  const group = new GroupCommit<{ readonly bytes: Uint8Array }>({
    write: async (batch) => void batches.push(batch.map(({ bytes }) => bytes.length)),
    failed: () => new BatonError("storage_failed", { reason: "never" }),
    maxBatchBytes: 1_000,
    maxPendingBytes: 10_000,
    ...options,
  });
  return { group, batches };
}

describe("group commit: how a flood becomes few writes", () => {
  it("writes what comes after quiet at once", async () => {
    const { group, batches } = commit({ gatherMs: hourMs, gatherBytes: 500 });
    await group.add(entry(1));
    assert.deepEqual(batches, [[1]]);
  });

  it("gathers behind a write, until there is enough", async () => {
    const { group, batches } = commit({ gatherMs: hourMs, gatherBytes: 500 });
    await group.add(entry(1));
    const later = [100, 200, 300].map((bytes) => group.add(entry(bytes)));
    await Promise.all(later);
    assert.deepEqual(batches, [[1], [100, 200, 300]]);
  });

  it("gathers behind a write, until the time is over", async () => {
    const { group, batches } = commit({ gatherMs: 5, gatherBytes: 500 });
    await group.add(entry(1));
    const began = performance.now();
    await Promise.all([group.add(entry(2)), group.add(entry(3))]);
    assert.deepEqual(batches, [[1], [2, 3]]);
    assert.ok(performance.now() - began >= 3);
  });

  it("does not gather when everything is to be written now", async () => {
    const { group, batches } = commit({ gatherMs: hourMs, gatherBytes: 500 });
    await group.add(entry(1));
    const late = group.add(entry(2));
    await group.idle();
    await late;
    assert.deepEqual(batches, [[1], [2]]);
  });

  it("writes each by itself where nothing says that it is to gather", async () => {
    const { group, batches } = commit({});
    await group.add(entry(1));
    await group.add(entry(2));
    assert.deepEqual(batches, [[1], [2]]);
  });
});
