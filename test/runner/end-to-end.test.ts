import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, rmSync } from "node:fs";
import type { Prompt, Run } from "#protocol/documents";
import type { PromptId, RunId } from "#protocol/ids";
import { makeJoinToken, startRunner, type TestRunner } from "#test/support/runner";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import type { RawViewer } from "#test/support/viewer";

describe("runner: end to end", function () {
  this.timeout(60_000);
  let system: System;
  let joinToken: string;
  let runner: TestRunner;
  const home = () => system.temp.at("home");
  const start = () =>
    startRunner({ home: home(), folder: system.temp.at("work"), relayUrl: system.relay.url, joinToken });

  before(async () => {
    system = await startSystem({ runners: 0 });
    joinToken = await makeJoinToken(system.owner);
    runner = await start();
  });
  after(async () => {
    await runner.stop();
    await system.stop();
  });

  const queue = (agent: string, text: string, more: Partial<Prompt> = {}) =>
    system.owner.client.call("queuePrompt", {
      body: { target: { runnerId: runner.runnerId }, agent, mode: "once", access: "full", body: { text }, ...more },
    });
  const read = (id: PromptId) => system.owner.client.call("readPrompt", { params: { id } });
  const inState = (id: PromptId, state: string) =>
    until(`the prompt is ${state}`, async () => {
      const prompt = await read(id);
      return prompt.state === state ? prompt : undefined;
    });
  const runOf = async (id: PromptId): Promise<RunId> =>
    until("the prompt has started", async () => (await read(id)).runId);
  const outputOf = async (runId: RunId): Promise<string> => {
    const response = await fetch(system.owner.client.url("readLog", { params: { id: runId } }), {
      headers: { authorization: `Bearer ${system.owner.token}` },
    });
    assert.equal(response.status, 200);
    return response.text();
  };
  const outputHas = (runId: RunId, text: string) =>
    until(`the output has “${text}”`, async () => ((await outputOf(runId)).includes(text) ? true : undefined));
  const watching = async (runId: RunId): Promise<RawViewer> => {
    const viewer = await system.owner.viewer();
    viewer.send({ type: "run.watch", runId, creditBytes: 1_000_000 });
    await viewer.next("run.watching");
    return viewer;
  };
  const ended = (runId: RunId): Promise<Run> => runEnded(system.owner, runId);

  it("runs a queued prompt and tells everything about it", async () => {
    const { id } = await queue("echo", "Say hello\nto everybody");
    const { runId } = await inState(id, "done");
    assert.ok(runId);
    const run = await ended(runId);
    assert.equal(run.exitCode, 0);
    assert.equal(run.end, "exited");
    assert.equal(run.body.title, "Say hello");
    assert.equal(run.body.prompt, "Say hello\nto everybody");
    assert.equal(run.body.cwd, runner.folder);
    assert.match(await outputOf(runId), /Say .*hello/s);
  });

  it("resumes the session of the run that a prompt follows", async () => {
    const first = await inState((await queue("echo", "begin")).id, "done");
    const { sessionId, threadId } = await ended(first.runId ?? "");
    assert.match(sessionId ?? "", /^[0-9a-f-]{36}$/);
    const second = await queue("echo", "and then", { afterRunId: first.runId ?? "" });
    const { runId } = await inState(second.id, "done");
    assert.match(await outputOf(runId ?? ""), new RegExp(`going on with ${sessionId}`));
    const run = await ended(runId ?? "");
    assert.deepEqual([run.threadId, run.sessionId], [threadId, sessionId]);
  });

  it("passes a failing exit code on", async () => {
    const { id } = await queue("echo", "exit 7");
    const { runId } = await inState(id, "failed");
    assert.equal((await ended(runId ?? "")).exitCode, 7);
  });

  it("declines what it may not do, and says why", async () => {
    const refused: { more: Partial<Prompt>; agent: string; code: string }[] = [
      { agent: "echo", more: { body: { text: "x", folder: "/etc" } }, code: "folder_not_allowed" },
      { agent: "echo", more: { body: { text: "x", env: { SECRET: "1" } } }, code: "environment_not_allowed" },
      { agent: "codex", more: {}, code: "agent_missing" },
      { agent: "shell", more: { access: "read" }, code: "profile_access_unsupported" },
    ];
    for (const { agent, more, code } of refused) {
      const { id } = await queue(agent, "x", more);
      const { reason } = await inState(id, "declined");
      assert.equal(reason?.code, code);
    }
  });

  const lines = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\r\n`).join("");
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");

  it("loses no byte when the runner is killed in the middle", async () => {
    const { id } = await queue("line", "seq 1 20000; sleep 0.5; seq 20001 40000; read line; seq 40001 41000", {
      mode: "interactive",
    });
    const runId = await runOf(id);
    await outputHas(runId, "\n3\r\n");
    runner.kill("SIGKILL");
    await runner.exited;
    runner = await start();
    await outputHas(runId, "40000\r\n");
    const viewer = await watching(runId);
    viewer.input(runId, await viewer.takeLease(runId), new TextEncoder().encode("\r"));
    viewer.close();
    assert.equal((await ended(runId)).exitCode, 0);
    const output = await outputOf(runId);
    assert.equal(sha(output), sha(`${lines(1, 40_000)}\r\n${lines(40_001, 41_000)}`));
  });

  it("loses no byte when the relay is killed in the middle", async () => {
    const { id } = await queue("line", "seq 1 20000; sleep 1; seq 20001 30000");
    const runId = await runOf(id);
    await outputHas(runId, "\n3\r\n");
    await system.relay.kill("SIGKILL");
    await system.relay.start();
    assert.equal((await ended(runId)).exitCode, 0);
    assert.equal(sha(await outputOf(runId)), sha(lines(1, 30_000)));
    await inState(id, "done");
  });

  it("says that runs are lost whose keeper was killed, and goes on with another", async () => {
    const { id } = await queue("line", "echo alive; sleep 600", { mode: "interactive" });
    const runId = await runOf(id);
    await outputHas(runId, "alive");
    for (const pid of system.keepers()) process.kill(pid, "SIGKILL");
    const run = await ended(runId);
    assert.equal(run.end, "lost");
    assert.match(await outputOf(runId), /alive/);
    await inState(id, "lost");
    await inState((await queue("echo", "another keeper")).id, "done");
  });

  it("sends a relay that was restored from an older backup what it lost", async () => {
    const backup = system.temp.at("backup");
    await system.relay.kill("SIGTERM");
    cpSync(system.relay.data, backup, { recursive: true });
    await system.relay.start();
    const { id } = await queue("line", "seq 1 30000; read line; echo after $line", { mode: "interactive" });
    const runId = await runOf(id);
    await outputHas(runId, "30000\r\n");
    await system.relay.kill("SIGTERM");
    rmSync(system.relay.data, { recursive: true });
    cpSync(backup, system.relay.data, { recursive: true });
    await system.relay.start();
    const whole = `${lines(1, 30_000)}`;
    await until("the run is there again", async () => {
      const response = await system.owner.client.call("readRun", { params: { id: runId } }).catch(() => undefined);
      return response && sha(await outputOf(runId)) === sha(whole) ? true : undefined;
    });
    const viewer = await watching(runId);
    viewer.input(runId, await viewer.takeLease(runId), new TextEncoder().encode("this\r"));
    assert.equal((await ended(runId)).exitCode, 0);
    // A socket that is cut at once may take what it has just sent with it.
    viewer.close();
    assert.equal(sha(await outputOf(runId)), sha(`${whole}this\r\nafter this\r\n`));
  });

  it("takes input from a viewer and cancels for one", async () => {
    const { id } = await queue("line", "read name; echo hello $name; sleep 600", { mode: "interactive" });
    const runId = await runOf(id);
    const viewer = await watching(runId);
    const epoch = await viewer.takeLease(runId);
    viewer.send({ type: "run.resize", runId, leaseEpoch: epoch, size: { cols: 91, rows: 17 } });
    viewer.input(runId, epoch, new TextEncoder().encode("Ana\r"));
    await outputHas(runId, "hello Ana\r\n");
    viewer.close();
    await system.owner.client.call("cancelRun", { params: { id: runId } });
    const run = await ended(runId);
    assert.equal(run.end, "cancelled");
    assert.deepEqual(run.size, { cols: 91, rows: 17 });
    await inState(id, "cancelled");
  });

  it("takes nothing while it is paused, and goes on when it is not", async () => {
    const paused = await startRunner({
      home: home(),
      folder: system.temp.at("paused"),
      relayUrl: system.relay.url,
      joinToken,
      policy: "paused",
    });
    const { id } = await queue("echo", "wait", { target: { runnerId: paused.runnerId } });
    await until("the relay knows that it is paused", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners.find((one) => one.id === paused.runnerId)?.state === "paused" ? true : undefined;
    });
    assert.equal((await read(id)).state, "queued");
    await paused.stop();
    const again = await startRunner({
      home: home(),
      folder: system.temp.at("paused"),
      relayUrl: system.relay.url,
    });
    await inState(id, "done");
    await again.stop();
  });

  it("gives the folder to a newer runner, and says so", async () => {
    const older = runner;
    runner = await start();
    const { code } = await older.exited;
    assert.equal(code, 1);
    assert.match(older.stderr(), /Another window or runner now serves this folder/);
    assert.equal(runner.runnerId, older.runnerId);
    const { id } = await queue("echo", "for the newer one");
    await inState(id, "done");
  });

  it("ends within moments of being revoked", async () => {
    const revoked = await startRunner({
      home: home(),
      folder: system.temp.at("revoked"),
      relayUrl: system.relay.url,
      joinToken,
    });
    const started = performance.now();
    await system.owner.request("DELETE", `/api/runners/${revoked.runnerId}`);
    assert.equal((await revoked.exited).code, 1);
    assert.ok(performance.now() - started < 5_000);
    assert.match(revoked.stderr(), /This runner was revoked/);
  });
});
