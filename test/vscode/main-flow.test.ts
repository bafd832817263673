import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import type { BrowserContext, Locator } from "playwright-core";
import type { RunId } from "#protocol/ids";
import { type Dashboard, openDashboard } from "#test/support/dashboard";
import { runEnded } from "#test/support/system";
import { type PairedEditor, startPairedEditor } from "#test/vscode/paired-editor";
import { activityTab, notification, statusItem, terminalRows, typeInTerminal } from "#test/vscode/workbench";

const text = "Find the flaky login test";
const desk = { width: 1280, height: 860 };
const phone = { width: 390, height: 844 };

describe("from the dashboard to the desk and back, with a dashboard beside a real editor", function () {
  this.timeout(180_000);
  let paired: PairedEditor;
  let context: BrowserContext;
  let dashboard: Dashboard;
  let runId: RunId;

  before(async function () {
    this.timeout(300_000);
    paired = await startPairedEditor(this);
    await activityTab(paired.page, "Baton").click();
    const browser = paired.editor.context.browser();
    assert.ok(browser);
    context = await browser.newContext({ viewport: desk, locale: "en-GB" });
    dashboard = await openDashboard(context, paired.system.relay.url);
    const { url } = (await paired.system.owner.request("POST", "/api/links")) as { url: string };
    await dashboard.signIn(url);
    await dashboard.live();
  });
  after(() => paired?.close());
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await dashboard?.picture("failed beside an editor");
  });

  const shown = (what: string | RegExp): Locator => terminalRows(paired.page).filter({ hasText: what });
  const tab = (what: string): Locator =>
    paired.page.locator(".terminal-tabs-entry, .single-terminal-tab").filter({ hasText: what }).first();
  const row = (what: string | RegExp): Locator =>
    paired.page.locator(".part.sidebar .monaco-list-row").filter({ hasText: what });
  const logText = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${paired.system.owner.token}` };
    const response = await fetch(`${paired.system.relay.url}/api/runs/${runId}/log`, { headers });
    return stripVTControlCharacters(await response.text());
  };
  const countIn = (whole: string, part: string): number => whole.split(part).length - 1;
  /** Its own terminal echoes a line as it is typed, and the agent says it once more. */
  const saidOnce = 2;

  it("asks at the desk what was queued in the dashboard: what, by whom, for which agent", async () => {
    await dashboard.compose(text, { agent: "Echo", mode: "interactive", access: "edit" });
    const asked = notification(paired.page, /Ana asks Echo \(interactive, may edit\) in .*Find the flaky login test/);
    await asked.waitFor();
    await statusItem(paired.page).filter({ hasText: "1 needs you" }).waitFor();
    await dashboard.page
      .getByText(/waits for your yes/)
      .first()
      .waitFor();
    assert.equal((await paired.system.owner.client.call("listRuns", { query: {} })).runs.length, 0);
    await asked.getByRole("button", { name: "Run", exact: true }).click();
    await shown(text).waitFor();
    await shown("echo>").waitFor();
    await dashboard.page.waitForURL(/\/runs\/run_/);
    runId = dashboard.runId();
    await dashboard.shows("echo>");
    await statusItem(paired.page).filter({ hasText: "1 running" }).waitFor();
  });

  it("shows each side what the other one types, and says who types", async () => {
    await dashboard.takeKeyboard();
    await dashboard.type("from the dashboard");
    await shown("from the dashboard").waitFor();
    await dashboard.press("Enter");
    await shown(/from the dashboard[\s\S]*from the dashboard/).waitFor();
    await statusItem(paired.page).filter({ hasText: "Ana typing" }).waitFor();
    await tab("Ana is typing").waitFor();
    await paired.editor.picture("main-1-typed-from-afar");
    await typeInTerminal(paired.page, "from the desk\n");
    await dashboard.shows(/from the desk[\s\S]*from the desk/);
    await dashboard.page
      .getByText(/is typing at the desk/)
      .first()
      .waitFor();
    await statusItem(paired.page).filter({ hasText: "1 running" }).waitFor();
    assert.equal(await tab("Ana is typing").count(), 0);
  });

  it("has its terminal back after the window was reloaded in the middle, and types into it", async () => {
    await paired.page.reload();
    await shown(/from the dashboard[\s\S]*from the desk/).waitFor({ timeout: 60_000 });
    await typeInTerminal(paired.page, "after the reload\n");
    await dashboard.shows(/after the reload[\s\S]*after the reload/);
    assert.equal(countIn(await terminalRows(paired.page).innerText(), "from the desk"), saidOnce);
    await paired.editor.picture("main-2-reloaded");
  });

  it("is cancelled from a phone, which the desk is told of, once everywhere", async () => {
    await dashboard.page.setViewportSize(phone);
    await dashboard.page.goto(paired.system.relay.url);
    await dashboard.live();
    await dashboard.open(text);
    await dashboard.shows("after the reload");
    await dashboard.page.getByRole("button", { name: "Cancel" }).click();
    await dashboard.runIs("cancelled");
    await shown(/The run was cancelled by Ana/).waitFor();
    const run = await runEnded(paired.system.owner, runId);
    assert.equal(run.end, "cancelled");
    await statusItem(paired.page).filter({ hasText: "ready" }).waitFor();
    await row(/Find the flaky login test.*cancelled/).waitFor();
    assert.equal(await row(text).count(), 1);
    await paired.editor.picture("main-3-cancelled");

    const screen = await terminalRows(paired.page).innerText();
    const log = await logText();
    const onPhone = await dashboard.screen();
    for (const line of ["from the dashboard", "from the desk", "after the reload"]) {
      assert.deepEqual(
        [screen, log, onPhone].map((whole) => countIn(whole.replaceAll("\u00a0", " "), line)),
        [saidOnce, saidOnce, saidOnce],
        line,
      );
    }
    assert.equal(countIn(screen.replaceAll("\u00a0", " "), "The run was cancelled"), 1);
    const { runs } = await paired.system.owner.client.call("listRuns", { query: {} });
    assert.deepEqual(
      runs.map(({ id, end }) => [id, end]),
      [[runId, "cancelled"]],
    );
    const { prompts } = await paired.system.owner.client.call("listPrompts");
    assert.deepEqual(
      prompts.filter(({ state }) => state !== "cancelled").map(({ state }) => state),
      [],
    );
    assert.deepEqual(dashboard.complaints(), []);
  });
});
