import assert from "node:assert/strict";
import { type RunFacts, runLook } from "#sdk/run-look";

describe("how the state of a run looks, wherever it is shown", () => {
  const looks: readonly (readonly [RunFacts, string, string])[] = [
    [{ status: "running" }, "live", "running"],
    [{ status: "starting" }, "live", "starting"],
    [{ status: "needs-you" }, "warn", "needs you"],
    [{ status: "running", away: true }, "quiet", "away"],
    [{ status: "ended", end: "exited", exitCode: 0 }, "ok", "done"],
    [{ status: "ended", end: "exited", exitCode: 3 }, "error", "exit 3"],
    [{ status: "ended", end: "exited", signal: "SIGINT" }, "quiet", "ended by SIGINT"],
    [{ status: "ended", end: "exited", signal: "SIGSEGV" }, "error", "ended by SIGSEGV"],
    [{ status: "ended", end: "cancelled" }, "quiet", "cancelled"],
    [{ status: "ended", end: "timed-out" }, "error", "timed out"],
    [{ status: "ended", end: "lost" }, "error", "lost"],
    [{ status: "ended", end: "failed" }, "error", "failed"],
  ];
  for (const [facts, tone, label] of looks) {
    it(`${JSON.stringify(facts)} is “${label}”`, () => {
      assert.deepEqual([runLook(facts).tone, runLook(facts).label], [tone, label]);
    });
  }

  it("is an icon of its own for what was cancelled, and never that of an error", () => {
    assert.equal(runLook({ status: "ended", end: "cancelled" }).icon, "circle-slash");
  });
});
