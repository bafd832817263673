import assert from "node:assert/strict";
import { BatonError } from "#protocol/errors";
import { newId, type RunId } from "#protocol/ids";
import { findRun } from "#runner/core/find-run";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { scriptedHost } from "#test/support/scripted-host";

describe("runner: finding a run", () => {
  const runId = newId("run");

  /** @param holds the runs that it lists; `undefined`: it goes away before it answers */
  function keeperOf(holds: readonly RunId[] | undefined) {
    let isOpen = true;
    const keeper: KeeperConnection = {
      ...{ storeId: "store", keeperVersion: "0", features: [], pid: 1 },
      request: async () => {
        if (!holds) throw new BatonError("connection_lost");
        return { runs: holds.map((id) => ({ header: { id } })) } as never;
      },
      ...{ notify: () => {}, sendFrame: () => {}, listen: () => {} },
      close: () => {
        isOpen = false;
      },
    };
    return { keeper, isOpen: () => isOpen };
  }
  const find = (older: readonly { readonly keeper: KeeperConnection }[]) =>
    findRun(
      scriptedHost({
        connectKeeper: async () => keeperOf([]).keeper,
        connectOlderKeepers: async () => older.map(({ keeper }) => keeper),
      }),
      runId,
    );

  it("looks on where an older keeper goes away before it answers", async () => {
    const [gone, holder, other] = [keeperOf(undefined), keeperOf([runId]), keeperOf([])];
    const found = await find([gone, holder, other]);
    assert.equal(found.keeper, holder.keeper);
    assert.deepEqual(
      [gone, holder, other].map(({ isOpen }) => isOpen()),
      [false, true, false],
    );
  });

  it("does not say that nobody has it while one that may have it does not answer", async () => {
    await assert.rejects(find([keeperOf(undefined), keeperOf([])]), { code: "connection_lost" });
    await assert.rejects(find([keeperOf([])]), { code: "run_never_seen" });
  });
});
