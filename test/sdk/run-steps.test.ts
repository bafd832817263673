import assert from "node:assert/strict";
import type { Run, RunHeader, Step } from "#protocol/documents";
import { newId } from "#protocol/ids";
import { encodePayload } from "#protocol/payloads";
import { newRun, withRecord } from "#protocol/run-document";
import { leftBehind, runSteps } from "#sdk/run-steps";

const threadId = newId("thread");
const header = (more: Partial<RunHeader> = {}): RunHeader => ({
  ...{ v: 1, id: newId("run"), runnerId: newId("runner"), threadId, agent: "claude", mode: "once", access: "edit" },
  ...{ visibility: "team", createdAt: 1_000, storeId: "sto", body: { title: "x", cwd: "/x", command: "x" } },
  ...more,
});
const runOf = (steps: readonly [number, Partial<Step>][], more?: Partial<RunHeader>): Run =>
  steps.reduce(
    (run, [ts, step], index) => {
      const payload = encodePayload("step", { step: "agent", state: "started", params: {}, ...step });
      return withRecord(run, { seq: index + 1, ts, ...payload }, ts);
    },
    newRun(header(more), 1_000),
  );

describe("the steps of a run", () => {
  it("have the time of their first record and of the one that ended them", () => {
    const { steps } = runOf([
      [10, { step: "plan", params: { done: 0, total: 2 } }],
      [20, { step: "plan", params: { done: 1, total: 2 } }],
      [30, { step: "plan", state: "done", params: { done: 2, total: 2 } }],
    ]);
    assert.deepEqual(
      steps?.map(({ startedAt, endedAt, params }) => [startedAt, endedAt, params.done]),
      [[10, 30, 2]],
    );
  });

  it("begin anew where they had ended", () => {
    const { steps } = runOf([
      [10, { step: "restart" }],
      [20, { step: "restart", state: "done" }],
      [50, { step: "restart" }],
    ]);
    assert.deepEqual(
      steps?.map(({ startedAt, endedAt, state }) => [startedAt, endedAt, state]),
      [[50, undefined, "started"]],
    );
  });

  it("of a build go on with those of its server, in the order in which they began", () => {
    const build = { template: { kind: "built-in", id: "empty" }, name: "Empty", variables: {}, start: true } as const;
    const built = runOf(
      [
        [10, { step: "scaffold" }],
        [20, { step: "scaffold", state: "done", params: { files: 1 } }],
        [30, { step: "agent" }],
        [40, { step: "agent", state: "done" }],
      ],
      { build },
    );
    const server = runOf(
      [
        [60, { step: "server" }],
        [70, { step: "server", state: "done", params: { port: 5173 } }],
      ],
      { server: { restarts: false }, createdAt: 1_050 },
    );
    const other = runOf([[65, { step: "server" }]], { server: { restarts: false }, threadId: newId("thread") });
    assert.deepEqual(
      runSteps(built, [other, built, server]).map(({ label, detail, tookMs }) => [label, detail, tookMs]),
      [
        ["Template", "1 file", 10],
        ["Agent", undefined, 10],
        ["Server", "port 5173", 10],
      ],
    );
    assert.deepEqual(runSteps({ ...built, steps: [] }, [other]), []);
  });

  it("say that no port has opened, and what a step that went wrong has left", () => {
    const silent = runOf([[10, { step: "server", params: { isSilent: true } }]]);
    assert.match(runSteps(silent, [])[0]?.detail ?? "", /no port has opened/);
    const failed = runOf([[10, { step: "set-up", state: "failed", params: { left: "the files are there" } }]]);
    assert.equal(leftBehind(failed), "Set-up failed: the files are there.");
    const cancelled = runOf([[10, { step: "scaffold", state: "cancelled", params: { left: "nothing" } }]]);
    assert.equal(leftBehind(cancelled), "Template was cancelled. Nothing was left behind.");
    const error = { code: "template_over_files", params: { folder: "/work/shop", changes: 2 } };
    const refused = runOf([[10, { step: "scaffold", state: "failed", params: { left: "nothing" }, error }]]);
    assert.match(leftBehind(refused) ?? "", /^Template failed\. \/work\/shop has files already.* Nothing was changed;/);
    assert.equal(leftBehind(silent), undefined);
  });
});
