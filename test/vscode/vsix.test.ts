import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { initialCreditBytes } from "#protocol/caps";
import type { Prompt } from "#protocol/documents";
import { toUtf8 } from "#protocol/json";
import { artifact } from "#test/support/dist";
import { endKeepers } from "#test/support/keepers";
import { descendants, isAlive } from "#test/support/processes";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import {
  activityTab,
  answerInput,
  notification,
  passing,
  runCommand,
  statusItem,
  terminalRows,
  typeInTerminal,
} from "#test/vscode/workbench";

/** Pictures of what a person sees, for a look. */
describe("the packaged extension in a real editor", function () {
  this.timeout(180_000);
  let system: System;
  let editor: Editor;
  let runnerId: string;

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    artifact("relay");
    system = await startSystem({ runners: 0 });
    const workspace = system.temp.at("api-server");
    mkdirSync(workspace);
    editor = await startEditor({ vsix, env: { BATON_HOME: system.temp.at("home") } });
    await editor.open(workspace);
  });

  after(async () => {
    await editor?.close();
    if (system) await endKeepers(system.temp.at("home"));
    if (system) assert.deepEqual(await system.stop(), []);
  });

  const queue = (agent: string, text: string, mode: "once" | "interactive" = "once"): Promise<Prompt> =>
    system.owner.client.call("queuePrompt", {
      body: { target: { runnerId }, agent, mode, access: "full", body: { text } },
    });
  const queueAndRun = async (agent: string, text: string, mode: "once" | "interactive"): Promise<Prompt> => {
    const prompt = await queue(agent, text, mode);
    const asked = notification(editor.page, new RegExp(text));
    await asked.getByRole("button", { name: "Run", exact: true }).click();
    return prompt;
  };
  const logOf = async (runId: string): Promise<string> => {
    const headers = { authorization: `Bearer ${system.owner.token}` };
    const response = await fetch(`${system.relay.url}/api/runs/${runId}/log`, { headers });
    return stripVTControlCharacters(await response.text());
  };
  const runOf = (prompt: Prompt): Promise<string> =>
    until("the prompt has a run", async () => {
      const { runId } = await system.owner.client.call("readPrompt", { params: { id: prompt.id } });
      return runId;
    });

  it("offers in its view what can be done next: to connect", async () => {
    const { page } = editor;
    await statusItem(page).waitFor();
    await activityTab(page, "Baton").click();
    await page.getByRole("button", { name: "Connect to a Relay" }).first().waitFor();
    await editor.picture("1-welcome");
  });

  it("pairs the folder by a code that an owner approves", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Connect to a Relay");
    await answerInput(page, "Connect to a Relay", system.relay.url);
    const text = await notification(page, /Approve the code/).innerText();
    const [, code = ""] = /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(text) ?? [];
    await editor.picture("2-code");
    const shown = (await system.owner.request("GET", `/api/pairings/${code}`)) as {
      body: { folder: string; editor: string };
    };
    assert.equal(shown.body.folder, system.temp.at("api-server"));
    assert.match(shown.body.editor, /\d+\.\d+/);
    const runner = (await system.owner.request("POST", `/api/pairings/${code}/approve`, {})) as { id: string };
    runnerId = runner.id;
    await passing(page, "now takes prompts from").waitFor();
    await statusItem(page).filter({ hasText: "ready" }).waitFor();
    await editor.picture("3-connected");
  });

  it("asks, then runs a queued prompt in a terminal of its window, with its output on the relay", async () => {
    const { page } = editor;
    const prompt = await queue("echo", "hello from the queue");
    const asked = notification(page, /Echo.*hello from the queue/);
    await asked.waitFor();
    await editor.picture("4-asked");
    await asked.getByRole("button", { name: "Run", exact: true }).click();
    await terminalRows(page).filter({ hasText: "hello from the queue" }).waitFor();
    const runId = await runOf(prompt);
    const run = await runEnded(system.owner, runId);
    assert.equal(run.exitCode, 0);
    assert.match(await logOf(runId), /hello from the queue/);
    await terminalRows(page).filter({ hasText: "exit code 0" }).waitFor();
    await editor.picture("5-ran");
  });

  it("takes what is typed at the desk, and shows the end", async () => {
    const { page } = editor;
    const prompt = await queue("echo", "first words", "interactive");
    await notification(page, /first words/)
      .getByRole("button", { name: "Run", exact: true })
      .click();
    await terminalRows(page).filter({ hasText: "echo>" }).waitFor();
    await typeInTerminal(page, "typed at the desk\n");
    const runId = await runOf(prompt);
    await until(
      "the relay has the answer",
      async () => (await logOf(runId)).split("typed at the desk").length > 2 || undefined,
    );
    await editor.picture("6-interactive");
  });

  it("finds the run again after the window was reloaded, whole", async () => {
    const { page } = editor;
    await page.reload();
    await page.getByRole("treeitem", { name: /first words/ }).click();
    await terminalRows(page).filter({ hasText: "typed at the desk" }).waitFor({ timeout: 40_000 });
    await editor.picture("7-reloaded");
    await typeInTerminal(page, "exit 3\n");
    await terminalRows(page).filter({ hasText: "exit code 3" }).waitFor();
    await statusItem(page).filter({ hasText: "ready" }).waitFor();
  });

  it("shows who types from afar, and the first key at the desk takes the keyboard back", async () => {
    const { page } = editor;
    const runId = await runOf(await queueAndRun("echo", "shared words", "interactive"));
    await terminalRows(page).filter({ hasText: "echo>" }).waitFor();
    const viewer = await system.owner.viewer();
    const watching = viewer.next("run.watching");
    viewer.send({ type: "run.watch", runId, creditBytes: initialCreditBytes });
    await watching;
    const leaseEpoch = await viewer.takeLease(runId);
    viewer.input(runId, leaseEpoch, toUtf8("typed from afar\r"));
    await statusItem(page).filter({ hasText: "Ana typing" }).waitFor();
    await terminalRows(page).filter({ hasText: "typed from afar" }).waitFor();
    await editor.picture("8-from-afar");
    viewer.send({ type: "run.resize", runId, leaseEpoch, size: { cols: 240, rows: 60 } });
    await terminalRows(page).filter({ hasText: "Part of Ana’s 240 × 60. A key takes it back." }).waitFor();
    viewer.input(runId, leaseEpoch, toUtf8(`${"wide ".repeat(40)}\r`));
    // One line of the large terminal is one line here as well, and what was written before is still above it.
    const row = terminalRows(page)
      .locator("> div")
      .filter({ hasText: /^echo>.*wide wide/ });
    await row.waitFor();
    await terminalRows(page).filter({ hasText: "typed from afar" }).waitFor();
    await editor.picture("8-from-afar-larger");
    await typeInTerminal(page, "back at the desk\n");
    await terminalRows(page).filter({ hasText: "back at the desk" }).waitFor();
    await terminalRows(page).filter({ hasText: "A key takes it back" }).waitFor({ state: "detached" });
    await statusItem(page).filter({ hasText: "1 running" }).waitFor();
    await editor.picture("8-back-at-the-desk");
    viewer.close();
  });

  it("goes on while the relay is away, and comes back by itself", async () => {
    const { page } = editor;
    await system.relay.kill();
    await statusItem(page)
      .filter({ has: page.locator(".codicon-sync") })
      .waitFor();
    await typeInTerminal(page, "nobody watches\n");
    await terminalRows(page).filter({ hasText: "nobody watches" }).waitFor();
    await system.relay.start();
    await statusItem(page)
      .filter({ has: page.locator(".codicon-broadcast") })
      .waitFor({ timeout: 40_000 });
    const { runs } = await system.owner.client.call("listRuns", { query: {} });
    const runId = runs.find((run) => run.status !== "ended")?.id ?? "";
    await until(
      "the relay has what it missed",
      async () => (await logOf(runId)).includes("nobody watches") || undefined,
    );
  });

  it("cancels a run", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Cancel Run");
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Cancel the Run" }).click();
    await terminalRows(page).filter({ hasText: "The run was cancelled" }).waitFor();
    await statusItem(page).filter({ hasText: "ready" }).waitFor();
    await editor.picture("9-cancelled");
  });

  it("runs prompts at once where the policy says so, and none while it is paused", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Choose Policy");
    await page.locator(".quick-input-widget .monaco-list-row").filter({ hasText: "Run at once" }).click();
    const done = await queue("echo", "nobody was asked");
    await runEnded(system.owner, await runOf(done));
    await runCommand(page, "Baton: Pause Remote Work");
    await statusItem(page).filter({ hasText: "paused" }).waitFor();
    const waiting = await queue("echo", "after the pause");
    await runCommand(page, "Baton: Resume Remote Work");
    await runEnded(system.owner, await runOf(waiting));
    await until("the prompt is done", async () => {
      const { state } = await system.owner.client.call("readPrompt", { params: { id: waiting.id } });
      return state === "done" || undefined;
    });
    await runCommand(page, "Baton: Choose Policy");
    await page.locator(".quick-input-widget .monaco-list-row").filter({ hasText: "Ask me" }).click();
    await until("the relay knows that the runner asks again", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners.find((runner) => runner.id === runnerId)?.report?.policy === "ask" || undefined;
    });
  });

  it("declines where the person says so", async () => {
    const { page } = editor;
    const prompt = await queue("echo", "not today");
    await notification(page, /not today/)
      .getByRole("button", { name: "Decline" })
      .click();
    await until("the prompt is declined", async () => {
      const { state } = await system.owner.client.call("readPrompt", { params: { id: prompt.id } });
      return state === "declined" || undefined;
    });
  });

  it("says that it was revoked, and how to go on", async () => {
    const { page } = editor;
    await system.owner.request("DELETE", `/api/runners/${runnerId}`);
    await notification(page, /revoked/)
      .getByRole("button", { name: "Connect Again" })
      .waitFor();
    await statusItem(page).filter({ hasText: "disconnected" }).waitFor();
    await editor.picture("10-revoked");
  });

  it("leaves nothing behind when the editor ends", async () => {
    const below = [editor.server.pid, ...descendants(editor.server.pid)];
    await editor.close();
    await until("the editor's processes have ended", async () => below.every((pid) => !isAlive(pid)) || undefined);
  });
});
