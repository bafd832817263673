import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { endKeepers } from "#test/support/keepers";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { connectAndSignIn } from "#test/vscode/connect";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import { activityTab, choose, chooseInMenu, runCommand, statusItem } from "#test/vscode/workbench";

describe("what a member does from the editor", function () {
  this.timeout(180_000);
  let system: System;
  let editor: Editor;
  let page: Page;
  let workspace: string;

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    system = await startSystem({ runners: 0 });
    workspace = system.temp.at("api-server");
    mkdirSync(workspace);
    writeFileSync(join(workspace, "login.js"), "function login( {\n  return true;\n}\n");
    editor = await startEditor({
      vsix,
      env: { BATON_HOME: system.temp.at("home") },
      settings: { "baton.policy": "auto", "files.simpleDialog.enable": true },
    });
    page = editor.page;
    await editor.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await editor.open(workspace);
    await statusItem(page).waitFor({ timeout: 60_000 });
    await activityTab(page, "Baton").click();
    await connectAndSignIn(system, page);
    await row(/api-server.*online/).waitFor({ timeout: 30_000 });
    await until("the relay knows the agent", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners[0]?.report?.agents.some(({ id, available }) => id === "echo" && available) || undefined;
    });
  });

  after(async () => {
    await editor?.close();
    if (system) await endKeepers(system.temp.at("home"));
    if (system) assert.deepEqual(await system.stop(), []);
  });

  const row = (text: string | RegExp) => page.locator(".pane-body .monaco-list-row").filter({ hasText: text }).first();
  const choices = () => page.locator(".quick-input-widget .monaco-list-row");
  const titled = (title: string) => page.locator(".quick-input-widget .quick-input-title", { hasText: title });

  it("queues a prompt with what is selected and what is wrong attached", async () => {
    await page.keyboard.press("Control+p");
    await page.locator(".quick-input-widget input").first().fill("login.js");
    await choices().filter({ hasText: "login.js" }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".monaco-editor .view-line").filter({ hasText: "function login" }).click();
    await page.keyboard.press("Control+a");
    await until("the problem is known", async () => {
      const count = page.locator('.statusbar-item[id="status.problems"]');
      return /[1-9]/.test(await count.innerText()) || undefined;
    });
    await runCommand(page, "Baton: Queue Prompt");
    await choose(page, "For which agent?", "Echo");
    await titled("Queue a prompt").waitFor();
    const input = page.locator(".quick-input-widget input").first();
    await input.fill("say what is wrong");
    await page.locator(".quick-input-widget").getByRole("button", { name: "Attach from the Editor" }).click();
    await titled("Attach to the prompt").waitFor();
    assert.match(await choices().filter({ hasText: "Selection" }).innerText(), /login\.js, lines 1–3/);
    await choices().filter({ hasText: "Problems" }).click();
    await editor.picture("member-1-attach");
    await page.keyboard.press("Enter");
    await page.locator(".quick-input-widget").getByText("something is attached").waitFor();
    assert.equal(await input.inputValue(), "say what is wrong");
    await page.keyboard.press("Enter");
    const prompt = await until("the prompt is there", async () => {
      const { runs } = await system.owner.client.call("listRuns", { query: {} });
      return runs.find(({ body }) => body.prompt?.startsWith("say what is wrong"))?.body.prompt;
    });
    assert.match(prompt, /login\.js, lines 1–3:\n```javascript\nfunction login\( \{/);
    assert.match(prompt, /Problems:\nlogin\.js:\d+:\d+ error: /);
  });

  it("offers on a run what can be done with it", async () => {
    const { runs } = await system.owner.client.call("listRuns", { query: {} });
    await runEnded(system.owner, runs[0]?.id ?? "");
    await row(/say what is wrong.*done/).click({ button: "right" });
    const menu = page.locator(".monaco-menu .action-label");
    await menu.filter({ hasText: "Copy Link to Run" }).waitFor();
    const labels = (await menu.allInnerTexts()).filter(Boolean);
    await editor.picture("member-2-menu");
    assert.deepEqual(labels, [
      "Show Run in Terminal…",
      "Open Run Panel…",
      "Copy Link to Run…",
      "Export Run…",
      "Reveal Folder of Run…",
      "Show Run on a Phone…",
      "Queue Prompt of Run Again…",
    ]);
    await menu.filter({ hasText: "Copy Link to Run" }).click();
    await page.getByText("the link to the run was copied").waitFor();
  });

  it("queues the prompt of a run again", async () => {
    await chooseInMenu(page, row("say what is wrong"), "Queue Prompt of Run Again");
    await until("there are two runs", async () => {
      const { runs } = await system.owner.client.call("listRuns", { query: {} });
      return runs.filter(({ status }) => status === "ended").length === 2 || undefined;
    });
    // The rows have come to rest.
    await row(/^Done\s*2$/).waitFor();
  });

  it("exports the output of a run as a file", async () => {
    await chooseInMenu(page, row("say what is wrong"), "Export Run");
    await choices().filter({ hasText: "Terminal output" }).click();
    await titled("Export Run").waitFor();
    const named = await until("the dialog offers a name", async () => {
      const text = await page.locator(".quick-input-widget input").first().inputValue();
      return /\.log$/.test(text) ? text : undefined;
    });
    await page.locator(".quick-input-widget").getByRole("button", { name: "OK" }).click();
    await until("the file holds the output", async () => {
      return (existsSync(named) && /say/.test(readFileSync(named, "utf8"))) || undefined;
    });
  });

  it("shows a report of a problem, without secrets, for the person to copy", async () => {
    await runCommand(page, "Baton: Report a Problem");
    const lines = page.locator(".monaco-editor .view-lines");
    await lines.filter({ hasText: "What happened" }).waitFor();
    await lines.filter({ hasText: /Baton:.0\.\d/ }).waitFor();
    await lines.filter({ hasText: /\[info\].Baton.0\.\d/ }).waitFor();
    await editor.picture("member-3-report");
  });

  it("leads through four steps", async () => {
    await runCommand(page, "Baton: Get Started");
    const steps = page.locator(".getting-started-step");
    await steps.filter({ hasText: "Run an agent here" }).waitFor();
    assert.equal(await steps.count(), 4);
    await editor.picture("member-4-walkthrough");
  });

  it("says in Previews what it is for, and lists in Templates what a project can begin with", async () => {
    for (const name of ["Previews", "Templates"]) {
      await page.locator(".pane-header").filter({ hasText: name }).click();
    }
    await page.locator(".pane-body .monaco-list-row").filter({ hasText: "React + Vite" }).waitFor();
    await page.getByText("A preview shows your team").waitFor();
    await editor.picture("member-5-views");
  });
});
