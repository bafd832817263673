import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { distFolder } from "#test/support/dist";
import { endKeepers } from "#test/support/keepers";
import { isAlive, processGone } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { notification, runCommand, statusItem } from "#test/vscode/workbench";

const pictures = join(distFolder, "pictures", "vscode");

describe("a relay that a real editor hosts", function () {
  this.timeout(180_000);
  let temp: TempFolder;
  let editor: Editor;
  let pid = 0;

  before(async function () {
    await needEditor(this);
    const vsix = join(distFolder, "test-baton-hosting.vsix");
    execFileSync(process.execPath, ["scripts/package.mjs", "--out", vsix], { stdio: ["ignore", "ignore", "inherit"] });
    mkdirSync(pictures, { recursive: true });
    temp = tempFolder("bh");
    mkdirSync(temp.at("api-server"));
    editor = await startEditor({ vsix, env: { BATON_HOME: temp.at("home") } });
    await editor.open(temp.at("api-server"));
    await statusItem(editor.page).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    // It outlives the editor, as it should.
    if (pid > 0 && isAlive(pid)) process.kill(pid, "SIGTERM");
    if (pid > 0) await processGone(pid);
    await editor?.close();
    if (temp) await endKeepers(temp.at("home"));
    temp?.remove();
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed") await picture(`failed ${this.currentTest.title.slice(0, 40)}`);
  });

  const picture = (name: string) => editor.page.screenshot({ path: join(pictures, `${name}.png`) });
  const isReady = () => statusItem(editor.page).filter({ hasText: "ready" }).waitFor({ timeout: 40_000 });

  it("starts it, connects the folder and signs in, without a code", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Host a Relay Here");
    await page.locator(".quick-input-widget .monaco-list-row", { hasText: "This computer only" }).click();
    await notification(page, /Your relay serves at http:\/\/127\.0\.0\.1:\d+/).waitFor({ timeout: 40_000 });
    await isReady();
    await picture("hosting");
    const file = temp.at("home", "data", "hosted-relay", "server.json");
    pid = (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid;
    await page.locator(".part.activitybar").getByRole("button", { name: "Accounts" }).click();
    await page.locator(".monaco-menu .action-label", { hasText: "Owner at Baton" }).waitFor();
    await page.keyboard.press("Escape");
  });

  it("goes on when the window is reloaded", async () => {
    await editor.page.reload();
    await isReady();
    assert.equal(isAlive(pid), true);
  });

  it("stops it when its user says so, and starts it again with all that it knew", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Stop the Hosted Relay");
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Stop the Relay" }).click();
    await notification(page, /The hosted relay has stopped/).waitFor();
    assert.equal(isAlive(pid), false);
    await statusItem(page).filter({ hasText: "reconnecting" }).waitFor({ timeout: 40_000 });
    await runCommand(page, "Baton: Host a Relay Here");
    await page.locator(".quick-input-widget .monaco-list-row", { hasText: "This computer only" }).click();
    await notification(page, /Your relay serves at/).waitFor({ timeout: 40_000 });
    await isReady();
    const file = temp.at("home", "data", "hosted-relay", "server.json");
    pid = (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid;
  });
});
