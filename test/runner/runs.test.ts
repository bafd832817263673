import assert from "node:assert/strict";
import { newId, type RunId } from "#protocol/ids";
import type { KeeperRun } from "#protocol/keeper-link";
import { maxDeliveredRuns } from "#runner/core/caps";
import type { KeeperConnection } from "#runner/core/keeper-connection";
import { createRuns } from "#runner/core/runs";

const keeper = {} as KeeperConnection;
const runOf = (id: RunId, more: object): KeeperRun =>
  ({ header: { id, visibility: "team" }, headSeq: 5, ackedSeq: 0, lease: { leaseEpoch: 0 }, ...more }) as KeeperRun;

describe("runner: its runs", () => {
  it("are not remembered without end, but for those that are at work or not delivered", () => {
    const leftOut: RunId[] = [];
    const runs = createRuns(
      () => {},
      (runId) => void leftOut.push(runId),
    );
    const ids = Array.from({ length: maxDeliveredRuns + 6 }, (_, at) => newId("run", 1_000 + at));
    const [working, undelivered, ...others] = ids;
    assert.ok(working && undelivered);
    runs.put(runOf(working, { status: "running" }), keeper);
    for (const id of [undelivered, ...others]) runs.put(runOf(id, { status: "ended" }), keeper);
    assert.deepEqual(leftOut, []);
    for (const id of others) runs.delivered(id);
    assert.deepEqual(leftOut, others.slice(0, 4), "the oldest go");
    assert.equal([...runs.all()].length, maxDeliveredRuns + 2);
    assert.ok(runs.get(working) && runs.get(undelivered));
    runs.put(runOf(newId("run"), { status: "ended", ackedSeq: 5 }), keeper);
    assert.deepEqual(leftOut, others.slice(0, 5), "also where the keeper names it as delivered");
  });
});
