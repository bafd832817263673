import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startKeeper } from "#test/support/keeper";
import { exitOf, startTestRun } from "#test/support/keeper-runs";
import { floodAndExit } from "#test/support/programs";

const floodBytes = 50 * 1024 * 1024;

describe("keeper: a program that floods and is gone", function () {
  this.timeout(60_000);

  it("has all of its output before its exit, to the last byte", async () => {
    await using keeper = await startKeeper();
    const client = await keeper.connect();
    const digestFile = join(keeper.home, "digest");
    const hash = createHash("sha256");
    const runId = await startTestRun(client, floodAndExit(floodBytes, digestFile));
    const exit = await exitOf(client, runId, 50_000);
    assert.equal(exit.exitCode, 5);
    const output = client.output(runId);
    assert.equal(output.length, floodBytes);
    assert.equal(hash.update(output).digest("hex"), readFileSync(digestFile, "utf8"));
  });
});
