import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Page } from "playwright-core";
import { endKeepers } from "#test/support/keepers";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import {
  activityTab,
  answerInput,
  choose,
  chooseInMenu,
  panelPage,
  runCommand,
  statusItem,
  terminalRows,
  workbenchSaved,
} from "#test/vscode/workbench";

describe("a run of this machine in the editor, where there is no relay at all", function () {
  this.timeout(180_000);
  let temp: TempFolder;
  let editor: Editor;
  let page: Page;

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    temp = tempFolder("bp");
    mkdirSync(temp.at("api-server"));
    editor = await startEditor({
      vsix,
      env: { BATON_HOME: temp.at("home") },
      settings: { "workbench.colorTheme": "Default Dark Modern" },
    });
    page = editor.page;
    await editor.open(temp.at("api-server"));
    await statusItem(page).waitFor({ timeout: 60_000 });
    await activityTab(page, "Baton").click();
  });

  after(async () => {
    await editor?.close();
    if (temp) await endKeepers(temp.at("home"));
    temp?.remove();
  });

  const panel = () => panelPage(page);
  const panelShows = (text: string | RegExp) =>
    panel().locator(".xterm-rows").filter({ hasText: text }).waitFor({ timeout: 30_000 });
  const row = (text: string | RegExp) => page.locator(".part.sidebar .monaco-list-row").filter({ hasText: text });

  it("has a panel, which types and shows no queue and no link", async () => {
    await runCommand(page, "Baton: New Run");
    await choose(page, "Run which agent?", "Echo");
    await choose(page, "How may Echo work?", "Interactive");
    await answerInput(page, "Prompt for Echo", "only here");
    await terminalRows(page).filter({ hasText: "echo>" }).waitFor();
    await runCommand(page, "Baton: Open Run Panel");
    await panel().locator("h1", { hasText: "only here" }).waitFor({ timeout: 30_000 });
    await panelShows("echo>");
    await panel().getByText("asked by you").waitFor();
    await panel().getByRole("button", { name: "Take the keyboard" }).click();
    await panel().getByText("You have the keyboard").waitFor();
    await page.keyboard.type("typed in the panel\n");
    await panelShows(/typed in the panel[\s\S]*typed in the panel/);
    await terminalRows(page).filter({ hasText: "typed in the panel" }).waitFor();
    await panel().getByRole("button", { name: "Give back" }).click();
    assert.equal(await panel().locator(".composer").count(), 0);
    await panel().getByRole("button", { name: "More" }).click();
    assert.equal(await panel().getByRole("menuitem", { name: /link/ }).count(), 0);
    await page.keyboard.press("Escape");
    await editor.picture("local-panel-dark");
    await panel().getByRole("tab", { name: "Details" }).click();
    await panel().locator(".facts").first().waitFor();
    await runCommand(page, "Preferences: Toggle between Light/Dark Themes");
    await page.locator(".monaco-workbench.vs").waitFor();
    await editor.picture("local-panel-details-light");
    await panel().getByRole("tab", { name: "Terminal" }).click();
    await runCommand(page, "Preferences: Toggle between Light/Dark Themes");
    await page.locator(".monaco-workbench.vs-dark").waitFor();
  });

  it("is exported from its keeper's log", async () => {
    await chooseInMenu(page, row(/only here/), "Export Run");
    await choose(page, "Export as", "Terminal output");
    await page.locator(".quick-input-widget .quick-input-title", { hasText: "Export Run" }).waitFor();
    const input = page.locator(".quick-input-widget input").first();
    const file = await until("a name is proposed", async () => {
      const path = await input.inputValue();
      return /\/run_[0-9a-f]{32}\.log$/.test(path) ? path : undefined;
    });
    await editor.picture("local-panel-export");
    await page.locator(".quick-input-widget").getByRole("button", { name: "OK" }).click();
    await until("the file is there", async () => existsSync(file) || undefined);
    assert.match(readFileSync(file, "utf8"), /typed in the panel/);
    assert.equal(dirname(file), temp.at("api-server"));
  });

  it("is in its panel again when the window is reloaded", async () => {
    await workbenchSaved(page, "baton.openedPanels", "mainThreadWebview-baton.run");
    await page.reload();
    await panelShows("typed in the panel");
  });

  it("is cancelled from its panel, and shown as quietly as on the dashboard", async () => {
    await panel().getByRole("button", { name: "Cancel" }).click();
    await panel()
      .getByText(/The run is over: cancelled/)
      .waitFor({ timeout: 30_000 });
    await row(/only here.*cancelled/)
      .locator(".codicon-circle-slash")
      .waitFor();
    await editor.picture("local-panel-over");
  });

  it("has done two steps of the walkthrough, which was not open meanwhile", async () => {
    await runCommand(page, "Baton: Get Started");
    const steps = page.locator(".getting-started-step");
    const isDone = { has: page.locator(".codicon-getting-started-step-checked") };
    await steps.filter({ hasText: "Run an agent here" }).filter(isDone).waitFor();
    await steps.filter({ hasText: "Watch, type, approve" }).filter(isDone).waitFor();
    assert.equal(await steps.filter({ hasText: "Connect to your team" }).filter(isDone).count(), 0);
    await editor.picture("local-walkthrough");
  });
});
