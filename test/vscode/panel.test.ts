import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { endKeepers } from "#test/support/keepers";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { connectAndSignIn } from "#test/vscode/connect";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import {
  activityTab,
  notification,
  panelPage,
  passing,
  runCommand,
  statusItem,
  terminalRows,
  workbenchSaved,
} from "#test/vscode/workbench";

describe("the run panel, the team and what else a signed-in person sees in the editor", function () {
  this.timeout(180_000);
  let system: System;
  let editor: Editor;
  let page: Page;
  let runnerId: string;
  let runId: string;

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    system = await startSystem({ runners: 0 });
    const workspace = system.temp.at("api-server");
    mkdirSync(workspace);
    editor = await startEditor({
      vsix,
      env: { BATON_HOME: system.temp.at("home") },
      settings: { "workbench.colorTheme": "Default Dark Modern", "baton.policy": "auto" },
    });
    page = editor.page;
    await editor.open(workspace);
    await statusItem(page).waitFor({ timeout: 60_000 });
    await activityTab(page, "Baton").click();
  });

  after(async () => {
    await editor?.close();
    if (system) await endKeepers(system.temp.at("home"));
    if (system) assert.deepEqual(await system.stop(), []);
  });

  const panel = () => panelPage(page);
  const panelShows = (text: string | RegExp) =>
    panel().locator(".xterm-rows").filter({ hasText: text }).waitFor({ timeout: 30_000 });
  const inView = (text: string | RegExp) =>
    page.locator(".pane-body .monaco-list-row").filter({ hasText: text }).first();
  /** The list shows as many as there is room for, so that it is asked for one command. */
  const isOffered = async (name: string): Promise<boolean> => {
    const rows = page.locator(".quick-input-widget .monaco-list-row");
    await page.keyboard.press("F1");
    await page.locator(".quick-input-widget input").first().fill(`>${name}`);
    const found = rows.filter({ hasText: name });
    await found
      .or(rows.filter({ hasText: /No matching commands|similar commands/ }))
      .first()
      .waitFor();
    const isThere = (await found.count()) > 0;
    await page.keyboard.press("Escape");
    return isThere;
  };

  it("offers only what works where nobody is signed in", async () => {
    await page.getByRole("button", { name: "Sign In" }).first().waitFor();
    assert.equal(await isOffered("Baton: Sign In"), true);
    assert.equal(await isOffered("Baton: Open Run Panel"), false);
    await editor.picture("panel-0-nobody");
  });

  it("signs in with the pairing, and shows the team", async () => {
    runnerId = await connectAndSignIn(system, page);
    await inView(/api-server.*online/).waitFor({ timeout: 30_000 });
    await inView(/Ana.*owner/).waitFor();
    await editor.picture("panel-1-team");
  });

  it("opens a run in a panel: its terminal, live, with no network of its own", async () => {
    const prompt = await system.owner.client.call("queuePrompt", {
      body: { target: { runnerId }, agent: "echo", mode: "interactive", access: "full", body: { text: "first words" } },
    });
    runId = await until("the prompt has a run", async () => {
      const { runId: id } = await system.owner.client.call("readPrompt", { params: { id: prompt.id } });
      return id;
    });
    await terminalRows(page).filter({ hasText: "echo>" }).waitFor();
    await runCommand(page, "Baton: Open Run Panel");
    await panel().locator("h1", { hasText: "first words" }).waitFor({ timeout: 30_000 });
    await panelShows("echo>");
    await page.locator(".tab.active", { hasText: "first words" }).waitFor();
    const reached = await panel()
      .locator("body")
      .evaluate(
        async (_, url) =>
          fetch(url).then(
            () => true,
            () => false,
          ),
        system.relay.url,
      );
    assert.equal(reached, false);
    await editor.picture("panel-2-dark");
  });

  it("shows the run's link for a phone, and says where no phone reaches the relay", async () => {
    await runCommand(page, "Baton: Show Run on a Phone");
    await page.locator(".tab.active", { hasText: "Link to Run" }).waitFor();
    // The page of the run's panel is kept behind it.
    const link = panel();
    await link.getByRole("heading", { name: "first words" }).waitFor();
    await link.getByText(`${system.relay.url}/runs/${runId}`).waitFor();
    await link.getByText(/phones do not reach/).waitFor();
    assert.equal(await link.locator("svg").count(), 0);
    await link.getByRole("button", { name: "Copy Link" }).click();
    await passing(page, "the link was copied").waitFor();
    await runCommand(page, "View: Close Editor");
    await page.locator(".tab", { hasText: "Link to Run" }).waitFor({ state: "detached" });
    await panelShows("echo>");
  });

  it("types over the relay, as the member", async () => {
    await panel().getByRole("button", { name: "Take the keyboard" }).click();
    await panel().getByText("You have the keyboard").waitFor();
    await page.keyboard.type("typed in the panel\n");
    await panelShows(/typed in the panel[\s\S]*typed in the panel/);
    await panel().getByRole("button", { name: "Give back" }).click();
  });

  it("keeps its place and what was written when it is hidden", async () => {
    await panel().getByLabel("Prompt", { exact: true }).fill("a draft of what comes next");
    await runCommand(page, "File: New Untitled Text File");
    await panel().locator("h1").waitFor({ state: "hidden" });
    await page.locator(".tab", { hasText: "first words" }).click();
    await panelShows("typed in the panel");
    assert.equal(await panel().getByLabel("Prompt", { exact: true }).inputValue(), "a draft of what comes next");
  });

  it("follows the theme", async () => {
    const ground = () =>
      panel()
        .locator("body")
        .evaluate((body) => getComputedStyle(body).backgroundColor);
    const dark = await ground();
    await runCommand(page, "Preferences: Toggle between Light/Dark Themes");
    await until("the ground is light", async () => (await ground()) !== dark || undefined);
    await panelShows("typed in the panel");
    await editor.picture("panel-3-light");
    await panel().getByRole("tab", { name: "Details" }).click();
    await panel().locator(".facts").first().waitFor();
    await editor.picture("panel-4-details");
    await panel().getByRole("tab", { name: "Terminal" }).click();
    await runCommand(page, "Preferences: Toggle between Light/Dark Themes");
  });

  it("is there again after the window was reloaded, with the draft", async () => {
    await workbenchSaved(page, "a draft of what comes next", "baton.openedPanels");
    await page.reload();
    // What was saved may be from when the file beside it was in front.
    await page.locator(".tab", { hasText: "first words" }).click();
    await panelShows("typed in the panel");
    assert.equal(await panel().getByLabel("Prompt", { exact: true }).inputValue(), "a draft of what comes next");
    await editor.picture("panel-5-reloaded");
  });

  it("queues what comes next from the panel, and shows what waits in the list", async () => {
    await panel().getByRole("button", { name: "Queue", exact: true }).click();
    await panel().getByText("a draft of what comes next").waitFor();
    await inView(/a draft of what comes next/).waitFor();
    await editor.picture("panel-6-queued");
  });

  it("cancels the run from the panel", async () => {
    await panel().getByRole("button", { name: "Cancel" }).click();
    await panel()
      .getByText(/The run is over/)
      .waitFor({ timeout: 30_000 });
    assert.equal((await runEnded(system.owner, runId)).end, "cancelled");
    await editor.picture("panel-7-over");
  });

  it("says that the editor is signed out, and nothing else", async () => {
    const { tokens } = (await system.owner.request("GET", "/api/tokens")) as { tokens: { id: string; name: string }[] };
    const token = tokens.find(({ name }) => / on /.test(name));
    assert.ok(token, JSON.stringify(tokens));
    await system.owner.request("DELETE", `/api/tokens/${token.id}`);
    await panel().getByRole("button", { name: "Sign In" }).waitFor({ timeout: 30_000 });
    await page.getByText("Sign in to see your team").waitFor();
    await editor.picture("panel-8-signed-out");
  });

  it("signs in again from the panel, at the relay that it shows, without asking which one", async () => {
    await panel().getByRole("button", { name: "Sign In" }).click();
    const asking = notification(page, /Approve the code/);
    assert.match(await asking.innerText(), new RegExp(system.relay.url));
    const [, code = ""] = /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(await asking.innerText()) ?? [];
    await system.owner.request("POST", `/api/sign-ins/${code}/approve`);
    await panel().locator("h1", { hasText: "first words" }).waitFor({ timeout: 30_000 });
  });
});
