import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { localAddresses } from "#extension/hosting/local-addresses";
import { endKeepers } from "#test/support/keepers";
import { isAlive, processGone } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import { panelPage, runCommand, statusItem } from "#test/vscode/workbench";

describe("a relay that a real editor hosts", function () {
  this.timeout(180_000);
  let temp: TempFolder;
  let editor: Editor;
  let pid = 0;

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    temp = tempFolder("bh");
    mkdirSync(temp.at("api-server"));
    editor = await startEditor({
      vsix,
      env: { BATON_HOME: temp.at("home") },
      settings: { "workbench.colorTheme": "Default Dark Modern" },
    });
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

  const linkPanel = () => panelPage(editor.page);
  const pidOfRelay = () => {
    const file = temp.at("home", "data", "hosted-relay", "server.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid;
  };
  const isReady = () => statusItem(editor.page).filter({ hasText: "ready" }).waitFor({ timeout: 40_000 });

  it("starts it, connects the folder and signs in, without a code", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Host a Relay Here");
    await page.locator(".quick-input-widget .monaco-list-row", { hasText: "This computer only" }).click();
    await linkPanel()
      .getByRole("heading", { name: /Your relay serves at http:\/\/127\.0\.0\.1:\d+/ })
      .waitFor({ timeout: 40_000 });
    await isReady();
    assert.equal(await linkPanel().locator("svg").count(), 0, "no phone reaches this computer's own address");
    await editor.picture("hosting");
    pid = pidOfRelay();
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
    await page.locator(".statusbar-item", { hasText: "the hosted relay has stopped" }).waitFor();
    assert.equal(isAlive(pid), false);
    await page.locator(".tab", { hasText: "Baton Relay" }).waitFor({ state: "detached" });
    await statusItem(page).filter({ hasText: "reconnecting" }).waitFor({ timeout: 40_000 });
    await runCommand(page, "Baton: Host a Relay Here");
    await page.locator(".quick-input-widget .monaco-list-row", { hasText: "This computer only" }).click();
    await linkPanel()
      .getByRole("heading", { name: /Your relay serves at/ })
      .waitFor({ timeout: 40_000 });
    await isReady();
    pid = pidOfRelay();
  });

  it("shows a code for a phone where it is open to the network, until the link was used", async function () {
    const [address] = localAddresses();
    if (address === undefined) return skipBecause(this, "this machine has no address in a network");
    const { page } = editor;
    await runCommand(page, "Baton: Stop the Hosted Relay");
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Stop the Relay" }).click();
    await page.locator(".tab", { hasText: "Baton Relay" }).waitFor({ state: "detached" });
    await runCommand(page, "Baton: Host a Relay Here");
    await page.locator(".quick-input-widget .monaco-list-row", { hasText: "Everybody in this network" }).click();
    const open = page.locator(".monaco-dialog-box").getByRole("button", { name: "Open It to the Network" });
    const which = page.locator(".quick-input-widget .monaco-list-row", { hasText: address });
    await open.or(which).first().waitFor();
    if (await which.isVisible()) await which.click();
    await open.click();
    await linkPanel().getByRole("img", { name: "QR code of the link" }).waitFor({ timeout: 40_000 });
    pid = pidOfRelay();
    await linkPanel().getByText("plain http").waitFor();
    await editor.picture("hosting-network");
    await runCommand(page, "Preferences: Toggle between Light/Dark Themes");
    await page.locator(".monaco-workbench.vs").waitFor();
    await editor.picture("hosting-network-light");
    const link = await linkPanel().locator(".link").innerText();
    const phone = await editor.context.newPage();
    await phone.goto(link);
    await phone
      .getByText(/What should be done|Queue|Runs/)
      .first()
      .waitFor();
    await phone.close();
    await linkPanel().getByText("The link was used.").waitFor();
    assert.equal(await linkPanel().getByText("#link=").count(), 0);
    await editor.picture("hosting-network-used");
    await linkPanel().getByRole("button", { name: "New Link" }).click();
    await linkPanel().locator(".link").filter({ hasText: "#link=" }).waitFor();
    assert.notEqual(await linkPanel().locator(".link").innerText(), link);
    await linkPanel().getByRole("button", { name: "Copy Link" }).click();
    await page.locator(".statusbar-item", { hasText: "the link was copied" }).waitFor();
  });
});
