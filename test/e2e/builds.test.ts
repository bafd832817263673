import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BuildWish, Prompt, Run } from "#protocol/documents";
import { visitPreview } from "#test/support/preview-visit";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

const staticSite = { kind: "built-in", id: "static-site" } as const;

describe("a build", function () {
  this.timeout(60_000);
  let system: System;
  let runnerId: string;
  let folder: string;

  before(async () => {
    system = await startSystem({ shellLines: ["touch ready", "exit 4", "touch begun; exec sleep 100"] });
    folder = system.runners[0]?.folder ?? "";
    runnerId = (await system.runners[0]?.runnerId()) ?? "";
  });
  after(() => system?.stop());

  const queue = (name: string, text: string, build: Partial<BuildWish> = {}): Promise<Prompt> =>
    system.owner.client.call("queuePrompt", {
      body: {
        ...{ target: { runnerId }, agent: "line", mode: "once", access: "full" },
        body: { text, folder: name, build: { template: staticSite, name: "Static site", ...build } },
      },
    });
  const promptOf = (id: string) => system.owner.client.call("readPrompt", { params: { id } });
  const runOf = (promptId: string): Promise<Run> =>
    until("it runs", async () => {
      const { runId, state, reason } = await promptOf(promptId);
      assert.ok(!["failed", "declined", "waiting"].includes(state), JSON.stringify(reason ?? state));
      return runId && system.owner.client.call("readRun", { params: { id: runId } }).catch(() => undefined);
    });
  const read = (id: string) => system.owner.client.call("readRun", { params: { id } });
  const stepsOf = ({ steps = [] }: Run) => Object.fromEntries(steps.map(({ step, state }) => [step, state]));
  const paramsOf = ({ steps = [] }: Run, name: string) => steps.find(({ step }) => step === name)?.params;

  it("places a template, makes it ready, has the agent work, and starts what came of it", async () => {
    const { id } = await queue("bakery", "echo '<h1>Fresh bread</h1>' > index.html; ls", {
      setUp: "touch ready",
      start: true,
      variables: { "project-title": "Bakery" },
    });
    const first = await runOf(id);
    assert.equal(first.body.cwd, join(folder, "bakery"));
    const run = await runEnded(system.owner, first.id);
    assert.equal(run.exitCode, 0);
    assert.deepEqual(stepsOf(run), { scaffold: "done", "set-up": "done", agent: "done", files: "done" });
    assert.ok(Number(paramsOf(run, "scaffold")?.files) > 3);
    assert.deepEqual(paramsOf(run, "files"), { written: 1 });
    assert.ok(run.steps?.every(({ startedAt, endedAt = 0 }) => startedAt > 0 && endedAt >= startedAt));
    assert.ok(existsSync(join(folder, "bakery", "ready")));
    assert.deepEqual([run.project?.folder, run.project?.command], ["bakery", "npm run start"]);

    const preview = await until("it is shown", async () => {
      const { previews } = await system.owner.client.call("listPreviews");
      return previews.find(({ threadId }) => threadId === run.threadId);
    });
    const server = await read(preview.runId ?? "");
    assert.deepEqual([server.threadId, server.agent, server.memberId], [run.threadId, "dev-server", run.memberId]);
    const visit = await visitPreview(system.owner, preview.id);
    await until("the page is there", async () => (await visit.get("/")).text.includes("Fresh bread") || undefined);
    const told = await until("its steps are told", async () => {
      const steps = stepsOf(await read(server.id));
      return steps.preview && steps;
    });
    assert.deepEqual(told, { server: "done", preview: "done" });
    await system.end(server.id);
  });

  it("starts nothing that its agent only says there is: what it starts stands in the folder's files", async () => {
    const project = { folder: "forged", name: "forged", command: "touch pwned; exec sleep 100" };
    const forge = [
      "file=$(tr '\\0' '\\n' < /proc/$PPID/environ | sed -n 's/^BATON_STEP_FILE=//p')",
      'test -n "$file"',
      `echo '${JSON.stringify({ project })}' >> "$file"`,
    ];
    const { id } = await queue("forged", forge.join(" && "), { start: true });
    const run = await runEnded(system.owner, (await runOf(id)).id);
    assert.equal(run.exitCode, 0);
    assert.equal(run.project?.command, project.command, "what it says of itself is shown as its word");
    await until(
      "its server is refused",
      async () => /server of a build could not be started/.test(system.runners[0]?.output() ?? "") || undefined,
    );
    const { runs } = await system.owner.client.call("listRuns", { query: {} });
    assert.ok(!runs.some((one) => one.threadId === run.threadId && one.agent === "dev-server"));
    assert.ok(!existsSync(join(folder, "forged", "pwned")));
  });

  it("starts the server of what lies deeper than projects are looked for", async () => {
    const { id } = await queue("a/b/c/d/e", "true", { start: true });
    const { threadId, id: runId } = await runOf(id);
    assert.equal((await runEnded(system.owner, runId)).exitCode, 0);
    const preview = await until("it is shown", async () => {
      const { previews } = await system.owner.client.call("listPreviews");
      return previews.find((one) => one.threadId === threadId);
    });
    await system.end(preview.runId ?? "");
  });

  it("starts its server once, also when its runner is killed while the agent works", async () => {
    const { id } = await queue("shop", "while [ ! -e go ]; do sleep 0.05; done", { start: true });
    const { id: runId, threadId } = await runOf(id);
    await until("the agent works", async () => stepsOf(await read(runId)).agent || undefined);
    await system.runners[0]?.kill();
    writeFileSync(join(folder, "shop", "go"), "");
    await system.runners[0]?.start();
    await runEnded(system.owner, runId);
    const preview = await until("it is shown", async () => {
      const { previews } = await system.owner.client.call("listPreviews");
      return previews.find((one) => one.threadId === threadId);
    });
    await system.runners[0]?.kill();
    await system.runners[0]?.start();
    const { runs } = await system.owner.client.call("listRuns", { query: {} });
    assert.equal(runs.filter((run) => run.threadId === threadId && run.agent === "dev-server").length, 1);
    await until("its runner is here", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners.every(({ state, reconnecting }) => state === "online" && !reconnecting) || undefined;
    });
    await system.end(preview.runId ?? "");
  });

  it("ends where its set-up ends with an error, and says what is there", async () => {
    const { id } = await queue("failing", "touch worked", { setUp: "exit 4", start: true });
    const run = await runEnded(system.owner, (await runOf(id)).id);
    assert.equal(run.exitCode, 4);
    assert.deepEqual(stepsOf(run), { scaffold: "done", "set-up": "failed" });
    assert.match(String(paramsOf(run, "set-up")?.left), /files of the template are there/);
    assert.ok(!existsSync(join(folder, "failing", "worked")));
  });

  for (const [step, text, setUp] of [
    ["set-up", "touch worked", "touch begun; exec sleep 100"],
    ["agent", "touch begun; exec sleep 100", undefined],
  ] as const) {
    it(`is cancelled in its step ${step}, and says what it leaves`, async () => {
      const name = `cancelled-${step}`;
      const { id } = await queue(name, text, { start: true, ...(setUp !== undefined && { setUp }) });
      const { id: runId } = await runOf(id);
      await until("it is at it", async () => existsSync(join(folder, name, "begun")) || undefined);
      await system.owner.client.call("cancelRun", { params: { id: runId } });
      const run = await runEnded(system.owner, runId);
      assert.equal(run.end, "cancelled");
      assert.equal(stepsOf(run)[step], "cancelled");
      assert.match(String(paramsOf(run, step)?.left), /there/);
      assert.ok(!existsSync(join(folder, name, "worked")));
    });
  }

  it("places nothing over what is there", async () => {
    mkdirSync(join(folder, "full"));
    writeFileSync(join(folder, "full", "package.json"), "mine");
    const { id } = await queue("full", "touch worked");
    const run = await runEnded(system.owner, (await runOf(id)).id);
    assert.equal(run.exitCode, 1);
    assert.deepEqual(stepsOf(run), { scaffold: "failed" });
    assert.equal(run.steps?.[0]?.error?.code, "template_over_files");
    assert.deepEqual(readdirSync(join(folder, "full")), ["package.json"]);
    assert.equal(readFileSync(join(folder, "full", "package.json"), "utf8"), "mine");
  });

  it("goes nowhere but into the runner's folder", async () => {
    for (const name of ["../elsewhere", "/elsewhere", "bakery/../../elsewhere"]) {
      const { id } = await queue(name, "true");
      const prompt = await until("it is refused", async () => {
        const now = await promptOf(id);
        return now.endedAt === undefined ? undefined : now;
      });
      assert.deepEqual([prompt.state, prompt.reason?.code], ["declined", "folder_not_allowed"], name);
    }
  });

  it("asks the local user about a repository, which would be fetched with their sign-ins", async () => {
    const template = { kind: "git", repository: "git@127.0.0.1:private/notes" } as const;
    const { id } = await queue("fetched", "true", { template });
    await until("its local user is asked", async () => (await promptOf(id)).state === "waiting" || undefined);
    await until(
      "they are told what helps",
      async () => system.runners[0]?.output().includes('"templateSources') || undefined,
    );
    await system.owner.client.call("cancelPrompt", { params: { id } });
    assert.ok(!existsSync(join(folder, "fetched")));
  });

  it("asks the local user about a set-up command that is no template's own", async () => {
    const { id } = await queue("asking", "true", { setUp: "curl example.com" });
    await until("its local user is asked", async () => (await promptOf(id)).state === "waiting" || undefined);
    await until(
      "they are told which line it is",
      async () => /"shellLines\\?": \[\\?"curl example\.com/.test(system.runners[0]?.output() ?? "") || undefined,
    );
    await system.owner.client.call("cancelPrompt", { params: { id } });
    assert.ok(!existsSync(join(folder, "asking")));
  });
});
