import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { makeJoinToken, startRunner } from "#test/support/runner";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

describe("runner: evidence of its runs", function () {
  this.timeout(60_000);
  let system: System;
  before(async () => {
    system = await startSystem({ runners: 0 });
  });
  after(() => system.stop());

  it("names the branch and what has changed, also where no editor is there", async () => {
    const folder = system.temp.at("repository");
    mkdirSync(folder);
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], { cwd: folder });
    git("init", "-q", "-b", "main");
    writeFileSync(`${folder}/a.txt`, "one\ntwo\n");
    git("add", "-A");
    git("commit", "-qm", "first");
    const runner = await startRunner({
      home: system.temp.at("home"),
      folder,
      relayUrl: system.relay.url,
      joinToken: await makeJoinToken(system.owner),
    });
    const { id } = await system.owner.client.call("queuePrompt", {
      body: {
        target: { runnerId: runner.runnerId },
        agent: "line",
        mode: "once",
        access: "full",
        // The start is noted while the run begins, so that a run that is faster than Git does not count here.
        body: { text: "sleep 1; echo three >> a.txt; printf 'a\\nb\\n' > new.txt" },
      },
    });
    const runId = await until("the prompt has started", async () => {
      const prompt = await system.owner.client.call("readPrompt", { params: { id } });
      return prompt.runId;
    });
    const { evidence } = await runEnded(system.owner, runId);
    assert.equal(evidence?.start?.branch, "main");
    assert.equal(evidence?.start?.changedFiles, 0);
    assert.deepEqual([evidence?.end?.changedFiles, evidence?.end?.addedLines, evidence?.end?.removedLines], [2, 3, 0]);
    await runner.stop();
  });
});
