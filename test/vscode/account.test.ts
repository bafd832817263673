import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { artifact } from "#test/support/dist";
import { endKeepers } from "#test/support/keepers";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import { answerInput, notification, passing, runCommand, statusItem } from "#test/vscode/workbench";

describe("who is signed in at a real editor", function () {
  this.timeout(180_000);
  let system: System;
  let editor: Editor;
  /** The owner's dashboard, in a browser of its own. */
  let dashboard: Page;

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    artifact("relay");
    system = await startSystem({ runners: 0 });
    mkdirSync(system.temp.at("api-server"));
    editor = await startEditor({ vsix, env: { BATON_HOME: system.temp.at("home") } });
    const { url } = (await system.owner.request("POST", "/api/links")) as { url: string };
    const browser = editor.context.browser();
    assert.ok(browser);
    dashboard = await (await browser.newContext()).newPage();
    await dashboard.goto(url);
    await dashboard.locator(".app").waitFor();
    await editor.open(system.temp.at("api-server"));
    await statusItem(editor.page).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await editor?.close();
    if (system) await endKeepers(system.temp.at("home"));
    if (system) assert.deepEqual(await system.stop(), []);
  });

  /** The tokens of the owner that belong to an editor. */
  const editorTokens = async () => {
    const { tokens } = (await system.owner.request("GET", "/api/tokens")) as { tokens: { name: string }[] };
    return tokens.filter(({ name }) => / on /.test(name)).length;
  };
  const codeOf = async () => {
    const text = await notification(editor.page, /Approve the code/).innerText();
    return /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(text)?.[1] ?? "";
  };
  const openAccounts = async () => {
    await editor.page.bringToFront();
    await editor.page.keyboard.press("Escape");
    await editor.page.locator(".part.activitybar").getByRole("button", { name: "Accounts" }).click();
  };
  const account = () => editor.page.locator(".monaco-menu .action-label", { hasText: "Ana at Baton" });
  const accountIsGone = () =>
    until("the account is gone", async () => {
      await openAccounts();
      const items = editor.page.locator(".monaco-menu .action-label");
      await items.first().waitFor();
      return (await account().count()) === 0 ? true : undefined;
    });

  it("signs in with the pairing, where the page's switch is left on, and shows it under Accounts", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Connect to a Relay");
    await answerInput(page, "Connect to a Relay", system.relay.url);
    await dashboard.goto(`${system.relay.url}/pair?code=${await codeOf()}`);
    assert.equal(await dashboard.getByLabel(/Also sign this editor in as me \(Ana\)/).isChecked(), true);
    await dashboard.getByRole("button", { name: "Approve" }).click();
    await dashboard.getByText("Its editor is signed in as Ana.").waitFor();
    await passing(page, "now takes prompts from").waitFor();
    await openAccounts();
    await account().waitFor();
    await editor.picture("account");
    assert.equal(await editorTokens(), 1);
  });

  it("signs out when its folder is disconnected, and revokes the token at the relay", async () => {
    await runCommand(editor.page, "Baton: Disconnect from the Relay");
    await until("the token is revoked", async () => ((await editorTokens()) === 0 ? true : undefined));
    await accountIsGone();
  });

  it("signs in without a folder, by a code on the dashboard", async () => {
    const { page } = editor;
    await page.keyboard.press("Escape");
    await runCommand(page, "Baton: Sign In");
    await answerInput(page, "Sign In", system.relay.url);
    await dashboard.goto(`${system.relay.url}/sign-in?code=${await codeOf()}`);
    await dashboard.getByRole("button", { name: "Sign it in" }).click();
    await dashboard.getByText("is signed in as Ana").waitFor();
    await passing(page, "you are signed in as Ana at Baton").waitFor();
    await openAccounts();
    await account().waitFor();
  });

  it("shows it in a window where Baton is not used, too, and starts nothing there", async () => {
    const runners = system.temp.at("home", "data", "identity", "runners");
    const before = readdirSync(runners);
    mkdirSync(system.temp.at("elsewhere"));
    await editor.open(system.temp.at("elsewhere"));
    await statusItem(editor.page).waitFor({ timeout: 60_000 });
    await until("the account is shown", async () => {
      await openAccounts();
      return (await account().count()) > 0 ? true : undefined;
    });
    await editor.page.keyboard.press("Escape");
    assert.deepEqual(readdirSync(runners), before, "the folder has become a runner");
    await editor.open(system.temp.at("api-server"));
    await statusItem(editor.page).waitFor({ timeout: 60_000 });
  });

  it("is still signed in after a reload, and forgets an account that was revoked on the dashboard", async () => {
    const { page } = editor;
    await page.reload();
    await statusItem(page).waitFor({ timeout: 60_000 });
    await until("the account is back", async () => {
      await openAccounts();
      return (await account().count()) > 0 ? true : undefined;
    });
    await page.keyboard.press("Escape");
    const { tokens } = (await system.owner.request("GET", "/api/tokens")) as { tokens: { id: string; name: string }[] };
    for (const { id } of tokens.filter(({ name }) => / on /.test(name))) {
      await system.owner.request("DELETE", `/api/tokens/${id}`);
    }
    await page.reload();
    await statusItem(page).waitFor({ timeout: 60_000 });
    await accountIsGone();
  });
});
