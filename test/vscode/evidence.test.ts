import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodePayload } from "#protocol/payloads";
import { recordKinds } from "#protocol/record";
import { runEnded } from "#test/support/system";
import { until } from "#test/support/until";
import { extensionHosts } from "#test/vscode/extension-hosts";
import { type PairedEditor, startPairedEditor } from "#test/vscode/paired-editor";
import { runCommand, statusItem } from "#test/vscode/workbench";

/** Its own task ends while the run is at work. */
const tasks = {
  version: "2.0.0",
  tasks: [
    {
      ...{ label: "check", type: "shell", command: "touch ../task-ran", problemMatcher: [] },
      group: { kind: "test", isDefault: true },
    },
  ],
};

describe("what the editor knows of a run", function () {
  this.timeout(180_000);
  let paired: PairedEditor;

  before(async function () {
    paired = await startPairedEditor(this, { "baton.policy": "auto" });
  });
  after(() => paired?.close());
  it("is an error that the run has fixed, what it has changed, and a test that passed meanwhile", async () => {
    const { system, editor, page, workspace, runnerId } = paired;
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], { cwd: workspace });
    const file = join(workspace, "data.json");
    mkdirSync(join(workspace, ".vscode"));
    writeFileSync(join(workspace, ".vscode", "tasks.json"), JSON.stringify(tasks));
    writeFileSync(file, '{\n  "one": 1\n  "two": 2\n}\n');
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-qm", "first");
    // The window is loaded again, with the file open; a folder that was used comes back by itself.
    await editor.open(workspace, [["openFile", editor.uri(file)]]);
    await statusItem(page).filter({ hasText: "ready" }).waitFor({ timeout: 60_000 });
    await page.locator('.statusbar-item[id="status.problems"]').filter({ hasText: "1" }).waitFor();

    const [go, end] = [system.temp.at("go"), system.temp.at("end")];
    const waitFor = (path: string) => `until [ -e ${path} ]; do sleep 0.1; done`;
    const fix = `${waitFor(go)}; printf '{\\n  "one": 1,\\n  "two": 2\\n}\\n' > data.json; ${waitFor(end)}`;
    const { id } = await system.owner.client.call("queuePrompt", {
      body: { target: { runnerId }, agent: "line", mode: "once", access: "full", body: { text: fix } },
    });
    const runId = await until("the start was noted", async () => {
      const prompt = await system.owner.client.call("readPrompt", { params: { id } });
      const run = prompt.runId && (await system.owner.client.call("readRun", { params: { id: prompt.runId } }));
      return run?.evidence?.start ? run.id : undefined;
    });
    await runCommand(page, "Tasks: Run Test Task");
    await until("the task has run", async () => existsSync(system.temp.at("task-ran")) || undefined);
    writeFileSync(go, "");
    // What a language knows of a file comes when it comes, on a busy machine later than an end waits for it.
    await page.locator('.statusbar-item[id="status.problems"]').filter({ hasText: "0" }).waitFor();
    writeFileSync(end, "");
    const { evidence } = await runEnded(system.owner, runId);
    assert.equal(evidence?.start?.errors, 1);
    assert.equal(evidence?.start?.branch, "main");
    assert.equal(evidence?.end?.errors, 0);
    assert.deepEqual([evidence?.end?.changedFiles, evidence?.end?.addedLines, evidence?.end?.removedLines], [1, 1, 1]);
    assert.deepEqual([evidence?.end?.testsPassed, evidence?.end?.testsFailed], [1, 0]);

    const viewer = await system.owner.viewer();
    const files = new Promise((resolve) => {
      viewer.onRecords(({ records }) => {
        for (const { kind, payload } of records) {
          if (kind === recordKinds.evidence) resolve(decodePayload("evidence", payload).diagnostics?.files);
        }
      });
    });
    viewer.send({ type: "run.watch", runId, afterSeq: 0, creditBytes: 65_536 });
    assert.deepEqual(await files, [{ path: "data.json", errors: 1, warnings: 0 }]);
    viewer.close();
  });

  it("is Git's part alone, and said to be late, of a run that ended while no extension host was there", async () => {
    const { system, editor, workspace, runnerId } = paired;
    const go = system.temp.at("go-late");
    const { id } = await system.owner.client.call("queuePrompt", {
      body: {
        ...{ target: { runnerId }, agent: "line", mode: "once", access: "full" },
        body: { text: `until [ -e ${go} ]; do sleep 0.1; done; echo late > late.txt` },
      },
    });
    const runId = await until("the start was noted", async () => {
      const prompt = await system.owner.client.call("readPrompt", { params: { id } });
      const run = prompt.runId && (await system.owner.client.call("readRun", { params: { id: prompt.runId } }));
      return run?.evidence?.start ? run.id : undefined;
    });
    const hosts = extensionHosts(editor);
    for (const pid of hosts) process.kill(pid, "SIGKILL");
    writeFileSync(go, "");
    await until("the file is there", async () => existsSync(join(workspace, "late.txt")) || undefined);
    const { evidence } = await runEnded(system.owner, runId, 40_000);
    assert.equal(evidence?.end?.changedFiles, 1, JSON.stringify(evidence));
    assert.ok((evidence?.end?.lateMs ?? 0) > 0);
    assert.equal(evidence?.end?.errors, undefined);
  });
});
