import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import type { PromptId } from "#protocol/ids";
import { editorOf } from "#runner/node/edit-text";
import { type BatonTerminal, batonTerminal } from "#test/support/baton";
import { makeJoinToken, runnerArgv } from "#test/support/runner";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

it("runner: npm's own $EDITOR is nobody's choice", () => {
  assert.equal(editorOf({ EDITOR: "vi", npm_lifecycle_event: "start" }), undefined);
  assert.equal(editorOf({ EDITOR: "vi" }), "vi");
  assert.equal(editorOf({ EDITOR: "nano", npm_lifecycle_event: "start" }), "nano");
  assert.equal(editorOf({ VISUAL: "vi", EDITOR: "ed", npm_lifecycle_event: "start" }), "vi");
  assert.equal(editorOf({ EDITOR: "" }), undefined);
});

describe("runner: asking where stdout is a pipe", function () {
  this.timeout(60_000);
  let system: System;
  before(async () => {
    system = await startSystem({ runners: 0 });
  });
  after(() => system.stop());

  it("the editor is on the terminal of the question", async () => {
    const folder = system.temp.at("piped");
    const home = system.temp.at("piped-home");
    mkdirSync(folder);
    const editor = system.temp.at("editor");
    writeFileSync(editor, '#!/bin/sh\n[ -t 0 ] && [ -t 1 ] && echo "it was seen" >"$1"\n', { mode: 0o755 });
    const joinToken = await makeJoinToken(system.owner);
    const argv = runnerArgv({ home, folder, relayUrl: system.relay.url, joinToken, policy: "ask", flags: ["--json"] });
    const terminal = batonTerminal(argv.slice(2), {
      home,
      cwd: folder,
      env: { EDITOR: editor, VISUAL: "" },
      stdoutFile: system.temp.at("stdout"),
    });
    const runnerId = await until("the relay has the runner", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners.find(({ state }) => state === "online")?.id;
    });
    const body = { target: { runnerId }, agent: "echo", mode: "once" as const, access: "edit" as const };
    const { id } = await system.owner.client.call("queuePrompt", { body: { ...body, body: { text: "first" } } });
    await terminal.shows("[r]un  [e]dit  [d]ecline >");
    terminal.type("e");
    await terminal.shows(/│ it was seen[\s\S]*\]ecline > /);
    terminal.type("d");
    await until("it is declined", async () => {
      const { state } = await system.owner.client.call("readPrompt", { params: { id } });
      return state === "declined" ? true : undefined;
    });
    await system.owner.client.call("queuePrompt", { body: { ...body, body: { text: "second" } } });
    await terminal.shows(/second[\s\S]*\]ecline > /);
    terminal.type("\x03");
    assert.equal(await terminal.exited, 0, "Ctrl-C at a question ends the runner");
  });
});

describe("runner: asking the local user on the terminal", function () {
  this.timeout(60_000);
  let system: System;
  let terminal: BatonTerminal;
  let runnerId: string;

  before(async () => {
    system = await startSystem({ runners: 0 });
    const folder = system.temp.at("asked");
    mkdirSync(folder);
    const joinToken = await makeJoinToken(system.owner);
    const home = system.temp.at("home");
    const [, , ...args] = runnerArgv({ home, folder, relayUrl: system.relay.url, joinToken, policy: "ask" });
    terminal = batonTerminal(args, { home, cwd: folder, env: { EDITOR: "", VISUAL: "" } });
    await terminal.shows("Online");
    runnerId = await until("the relay has the runner", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners[0]?.id;
    });
  });
  after(async () => {
    terminal.type("\x03");
    await terminal.exited;
    await system.stop();
  });

  const queue = (text: string) =>
    system.owner.client.call("queuePrompt", {
      body: { target: { runnerId }, agent: "echo", mode: "once", access: "edit", body: { text } },
    });
  const inState = (id: PromptId, state: string) =>
    until(`the prompt is ${state}`, async () => {
      const prompt = await system.owner.client.call("readPrompt", { params: { id } });
      return prompt.state === state ? prompt : undefined;
    });

  it("shows who asks for what, and runs it at “r”", async () => {
    const { id } = await queue("draw\x1b]0;evil\x07 a line");
    await terminal.shows(/Ana asks for Echo \(once, access: edit\)/);
    await terminal.shows("draw·]0;evil· a line");
    await inState(id, "waiting");
    await terminal.shows("[r]un  [e]dit  [d]ecline >");
    terminal.type("r");
    await inState(id, "done");
  });

  it("declines at “d”", async () => {
    const { id } = await queue("something bad");
    await terminal.shows(/something bad[\s\S]*\]ecline > /);
    terminal.type("d");
    await inState(id, "declined");
  });

  it("runs what the local user made of it", async () => {
    const { id } = await queue("make it red");
    await terminal.shows(/make it red[\s\S]*\]ecline > /);
    terminal.type("e");
    await terminal.shows(/new text > [^\n]*make it red/);
    terminal.type("\x7f\x7f\x7fblue\r");
    await terminal.shows(/│ make it blue[\s\S]*\]ecline > /);
    terminal.type("r");
    const { runId } = await inState(id, "done");
    const run = await system.owner.client.call("readRun", { params: { id: runId ?? "" } });
    assert.equal(run.body.prompt, "make it blue");
  });

  it("passes over every other key, and keys from before the question", async () => {
    terminal.type("r");
    const { id } = await queue("which key");
    await terminal.shows(/which key[\s\S]*\]ecline > /);
    terminal.type("x\r \x1b[A");
    terminal.type("d");
    await inState(id, "declined");
  });

  it("takes a question back when the prompt is cancelled, and asks the next one", async () => {
    const { id } = await queue("never mind");
    await terminal.shows(/never mind[\s\S]*\]ecline > /);
    await system.owner.client.call("cancelPrompt", { params: { id } });
    await terminal.shows("the prompt was withdrawn");
    const next = await queue("the next one");
    await terminal.shows(/the next one[\s\S]*\]ecline > /);
    terminal.type("r");
    await inState(next.id, "done");
  });
});
