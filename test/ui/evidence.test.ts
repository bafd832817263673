import assert from "node:assert/strict";
import { evidenceFacts, evidenceLine } from "../../webview-ui/model/evidence";

describe("the evidence of a run, as people read it", () => {
  it("is one line", () => {
    const start = { errors: 3, warnings: 1, changedFiles: 1, addedLines: 2, removedLines: 0 };
    const end = { errors: 0, warnings: 1, changedFiles: 4, addedLines: 120, removedLines: 31, testsPassed: 1 };
    assert.equal(evidenceLine({ start, end }), "3 errors → 0, 4 files, +120 −31, tests passed");
    const worse = { ...end, errors: 4, warnings: 0, changedFiles: 1, testsFailed: 2, tasksFailed: 1 };
    assert.equal(
      evidenceLine({ start, end: worse }),
      "3 errors → 4, 1 warning → 0, 1 file, +120 −31, 2 of 3 tests failed, task failed",
    );
  });

  it("says nothing before the end, and only what is known", () => {
    assert.equal(evidenceLine({ start: { errors: 3 } }), undefined);
    assert.equal(evidenceLine({ start: {}, end: {} }), undefined);
    assert.equal(evidenceLine({ end: { changedFiles: 0 } }), "no files changed");
    assert.equal(evidenceLine({ start: { errors: 0 }, end: { errors: 0 } }), "no errors");
  });

  it("says of what was seen late how late it was", () => {
    const end = { changedFiles: 4, addedLines: 120, removedLines: 31, lateMs: 4_200 };
    assert.equal(evidenceLine({ end }), "4 files, +120 −31 (seen 4 seconds after its end)");
    assert.deepEqual(evidenceFacts({ end }).at(-1), ["Seen", "4 seconds after its end, when the editor was back"]);
  });

  it("stands in the details with both sides", () => {
    const start = { errors: 3, branch: "main", commit: "a".repeat(40), changedFiles: 0 };
    const end = { errors: 0, branch: "main", commit: "b".repeat(40), changedFiles: 1, addedLines: 1, tasksPassed: 2 };
    assert.deepEqual(evidenceFacts({ start, end }), [
      ["Errors", "3 → 0"],
      ["Branch", "main"],
      ["Commit", "aaaaaaaaaa → bbbbbbbbbb"],
      ["Not committed before", "no files changed"],
      ["Changed by the run", "1 file, +1 −0"],
      ["Other tasks", "2 passed, 0 failed"],
    ]);
  });
});
