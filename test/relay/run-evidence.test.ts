import assert from "node:assert/strict";
import type { Evidence } from "#protocol/evidence";
import { encodePayload } from "#protocol/payloads";
import { newRun, withRecord } from "#protocol/run-document";
import { runHeader } from "#test/support/keeper-runs";

describe("relay: evidence in the document of a run", () => {
  const fresh = newRun(runHeader(), 1);
  const evidence: Evidence = {
    v: 1,
    at: "end",
    diagnostics: { errors: 2, warnings: 1, files: [{ path: "a.ts", errors: 2, warnings: 1 }] },
    tasks: [
      { name: "npm test", group: "test", exitCode: 0 },
      { name: "lint", exitCode: 1 },
    ],
  };

  it("is its sums, and each side stays beside the other", () => {
    const start: Evidence = {
      v: 1,
      at: "start",
      git: { branch: "main", changedFiles: 0, addedLines: 0, removedLines: 0, files: [] },
    };
    const one = withRecord(fresh, { seq: 1, ts: 1, ...encodePayload("evidence", start) }, 1);
    const both = withRecord(one, { seq: 2, ts: 1, ...encodePayload("evidence", evidence) }, 1);
    assert.deepEqual(both.evidence, {
      start: { branch: "main", changedFiles: 0, addedLines: 0, removedLines: 0 },
      end: { errors: 2, warnings: 1, testsPassed: 1, testsFailed: 0, tasksPassed: 0, tasksFailed: 1 },
    });
  });

  it("is not there for a form or a kind of a later version, whose records are counted all the same", () => {
    const later = { ...evidence, v: 2 } as unknown as Evidence;
    for (const record of [encodePayload("evidence", later), { kind: 99, payload: new Uint8Array([1, 2, 3]) }]) {
      const run = withRecord(fresh, { seq: 7, ts: 1, ...record }, 1);
      assert.equal(run.headSeq, 7);
      assert.equal(run.evidence, undefined);
    }
  });
});
