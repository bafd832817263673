import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { newId } from "#protocol/ids";
import { endKeepers } from "#test/support/keepers";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import {
  answerInput,
  choose,
  notification,
  runCommand,
  statusItem,
  terminalRows,
  typeInTerminal,
} from "#test/vscode/workbench";

describe("the first use of Baton in a window", function () {
  this.timeout(180_000);
  let temp: TempFolder;
  let editor: Editor;
  let page: Page;

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    temp = tempFolder("bf");
    for (const name of ["one", "two"]) mkdirSync(temp.at(name));
    editor = await startEditor({ vsix, env: { BATON_HOME: temp.at("home") } });
    page = editor.page;
  });

  after(async () => {
    await editor?.close();
    if (temp) await endKeepers(temp.at("home"));
    temp?.remove();
  });

  const openUrl = async (path: string) => {
    await runCommand(page, "Developer: Open URL");
    const input = page.locator(".quick-input-widget input").first();
    await page.locator(".quick-input-widget", { hasText: "URL to open" }).waitFor();
    await input.fill(`code-oss://baton.baton${path}`);
    await page.keyboard.press("Enter");
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Open", exact: true }).click();
  };

  it("can be a link, which is opened by the rest once that is there", async () => {
    await editor.open(temp.at("two"));
    await statusItem(page).waitFor({ timeout: 60_000 });
    assert.equal(existsSync(temp.at("home")), false, "something of Baton's runs already");
    await openUrl("/runs/none");
    await notification(page, /This link names nothing that Baton knows/).waitFor({ timeout: 30_000 });
    assert.equal(existsSync(temp.at("home")), false, "what names nothing starts nothing");
    await openUrl(`/runs/${newId("run")}`);
    await notification(page, /Nobody is signed in|not signed in|Sign in/i).waitFor();
  });

  it("names the address where nobody answers", async () => {
    await runCommand(page, "Baton: Connect to a Relay");
    await answerInput(page, "Connect to a Relay", "http://127.0.0.1:1");
    await notification(page, /nobody answers at http:\/\/127\.0\.0\.1:1/).waitFor();
  });

  it("can be a terminal profile, whose run begins at once", async () => {
    await editor.open(temp.at("one"));
    await statusItem(page).waitFor({ timeout: 60_000 });
    await runCommand(page, "Create New Terminal (With Profile)");
    await choose(page, "", "Echo (Baton)");
    await terminalRows(page).filter({ hasText: "echo>" }).waitFor({ timeout: 40_000 });
    await typeInTerminal(page, "typed at first use\n");
    await terminalRows(page)
      .filter({ hasText: /typed at first use[\s\S]*typed at first use/ })
      .waitFor();
  });
});
