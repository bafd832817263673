import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { agentEnvironment } from "#test/agents/environment";
import { type ScriptedModel, startScriptedModel } from "#test/agents/scripted-model";
import { agentHome } from "#test/e2e/agent-stack";
import { type Dashboard, openDashboard } from "#test/support/dashboard";
import { endKeepers } from "#test/support/keepers";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import { pairWindow } from "#test/vscode/paired-editor";
import { activityTab, chooseInMenu, notification, panelPage, runCommand } from "#test/vscode/workbench";
import { installAgents } from "../agents/install.mjs";

const text = "A landing page for a bakery";
const folder = "landing-page-bakery";
const todos = (first: string, second: string) => ({
  name: "TodoWrite",
  arguments: {
    todos: [
      { content: "Write the opening hours", activeForm: "Writing the opening hours", status: first },
      { content: "Report", activeForm: "Reporting", status: second },
    ],
  },
});

describe("from a template on a phone to a page that a guest sees, built in a real editor by a real agent", function () {
  this.timeout(180_000);
  let system: System;
  let editor: Editor;
  let model: ScriptedModel;
  let home: string;
  let workspace: string;
  let context: BrowserContext;
  let dashboard: Dashboard;
  let page: Page;
  let guest: Page;

  before(async function () {
    this.timeout(15 * 60_000);
    await needEditor(this);
    const { binDir } = await installAgents().catch((error: unknown) =>
      skipBecause(this, `the agent CLIs could not be installed: ${String(error)}`),
    );
    const vsix = packagedExtension();
    system = await startSystem({ runners: 0 });
    workspace = system.temp.at("api-server");
    mkdirSync(workspace);
    model = await startScriptedModel({
      delayMs: 12,
      stories: {
        [text]: [
          { text: "First a plan.", call: todos("in_progress", "pending") },
          {
            text: "Now the hours.",
            call: {
              name: "Write",
              arguments: { file_path: join(workspace, folder, "hours.html"), content: "<h1>Open from seven</h1>\n" },
            },
          },
          { text: "The page is there.", call: todos("completed", "completed") },
          { text: "The landing page is done." },
        ],
      },
    });
    home = agentHome(binDir);
    const { env } = agentEnvironment("claude", { home, modelUrl: model.url, cwd: workspace });
    editor = await startEditor({ vsix, env: { ...env, BATON_HOME: system.temp.at("home"), SHELL: "/bin/bash" } });
    await editor.open(workspace);
    await pairWindow(editor.page, system);
    await activityTab(editor.page, "Baton").click();
    await until("the relay knows the agent", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners[0]?.report?.agents.find(({ id, available }) => id === "claude" && available);
    });
    const browser = editor.context.browser();
    assert.ok(browser);
    context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "en-GB" });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: system.relay.url });
    dashboard = await openDashboard(context, system.relay.url);
    const { url } = (await system.owner.request("POST", "/api/links")) as { url: string };
    await dashboard.signIn(url);
    await dashboard.live();
    page = dashboard.page;
    guest = await (await browser.newContext()).newPage();
  });
  after(async () => {
    await editor?.close();
    if (system) await endKeepers(system.temp.at("home"));
    if (system) assert.deepEqual(await system.stop(), []);
    await model?.close();
    if (home) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await dashboard?.picture("failed build");
  });

  const frame = () => page.frameLocator("iframe");

  it("asks at the desk what was chosen on the phone: the template, the folder, the words", async () => {
    await page.goto(`${system.relay.url}/build`);
    await page.getByRole("button", { name: /^Static site/ }).click();
    await page.getByLabel("What shall it become?").fill(text);
    assert.equal(await page.getByLabel("Folder").inputValue(), folder);
    await page.getByLabel("Agent", { exact: true }).selectOption({ label: "Claude Code" });
    await page.getByRole("button", { name: "Build it" }).click();
    const asked = notification(editor.page, /Ana asks Claude Code/);
    await asked.waitFor();
    assert.match((await asked.innerText()).replaceAll("\u00a0", " "), /Static site/);
    await asked.getByRole("button", { name: "Run", exact: true }).click();
  });

  it("is built step by step, by the agent, and its server comes up", async () => {
    await page.waitForURL(/\/runs\/run_/);
    const steps = page.getByRole("list", { name: "Steps" });
    for (const step of [/Template\s*done/, /Agent\s*done/, /Plan\s*done\s*2 of 2/, /Server\s*done/, /Preview\s*done/]) {
      await steps.getByRole("listitem").filter({ hasText: step }).waitFor({ timeout: 60_000 });
    }
    await dashboard.picture("build-steps");
    assert.equal(readFileSync(join(workspace, folder, "hours.html"), "utf8"), "<h1>Open from seven</h1>\n");
    await editor.picture("build-1-server");
  });

  it("shows its steps with their times at the desk, in the panel of the run", async () => {
    const desk = editor.page;
    const row = desk.locator(".pane-body .monaco-list-row").filter({ hasText: text }).first();
    await chooseInMenu(desk, row, "Open Run Panel…");
    const steps = panelPage(desk).getByRole("list", { name: "Steps" }).getByRole("listitem");
    for (const step of [/Template\s*done\s*\d+ files\s*\d+ s/, /Agent\s*done\s*\d+ s/, /Plan\s*done\s*2 of 2/]) {
      await steps.filter({ hasText: step }).waitFor({ timeout: 30_000 });
    }
    const ground = () =>
      panelPage(desk)
        .locator("body")
        .evaluate((body) => getComputedStyle(body).backgroundColor);
    const light = await ground();
    await editor.picture("build-2-panel-light");
    await runCommand(desk, "Preferences: Toggle between Light/Dark Themes");
    await until("the ground is dark", async () => (await ground()) !== light || undefined);
    await editor.picture("build-2-panel-dark");
    await runCommand(desk, "Preferences: Toggle between Light/Dark Themes");
  });

  it("shows the page beside the run, and each change as it is saved", async () => {
    await page.getByRole("tab", { name: "Preview" }).click();
    await frame().getByRole("heading", { name: "Landing Page Bakery" }).waitFor();
    const file = join(workspace, folder, "index.html");
    writeFileSync(file, readFileSync(file, "utf8").replace(/<h1>.*<\/h1>/, "<h1>Fresh bread</h1>"));
    await frame().getByRole("heading", { name: "Fresh bread" }).waitFor();
    await dashboard.picture("build-preview");
  });

  it("is shown to a guest by a link, until that is revoked", async () => {
    await page.getByRole("button", { name: "Share it" }).click();
    await page.getByRole("button", { name: "Make the link" }).click();
    await page.getByRole("button", { name: "Copy link to the preview" }).click();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    await guest.goto(url);
    await guest.getByText(/Ana/).first().waitFor();
    await guest.getByRole("button", { name: "Show the page" }).click();
    await guest.getByRole("heading", { name: "Fresh bread" }).waitFor();
    await page.getByText("1 view").waitFor();
    await page.getByRole("button", { name: "Revoke" }).click();
    await until("the guest sees nothing more", async () => {
      await guest.reload();
      return (await guest.getByRole("heading", { name: "Fresh bread" }).count()) === 0 || undefined;
    });
    await page.getByRole("button", { name: "Close" }).click();
    await frame().getByRole("heading", { name: "Fresh bread" }).waitFor();
    assert.deepEqual(dashboard.complaints(), []);
  });
});
