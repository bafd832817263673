import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { artifact } from "#test/support/dist";
import { startProcess, type TestProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

describe("dashboard, in a real browser on a real relay and runner", function () {
  this.timeout(90_000);
  let browser: Browser;
  let system: System;
  let context: BrowserContext;
  let page: Page;
  const complaints: string[] = [];

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    [browser, system] = await Promise.all([launchBrowser(), startSystem()]);
    context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB" });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) complaints.push(message.text());
    });
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });
  afterEach(() => assert.deepEqual(complaints.splice(0), []));

  it("signs in with a one-time link, and takes it out of the address", async () => {
    const { url } = (await system.owner.request("POST", "/api/links")) as { url: string };
    await page.goto(url);
    await page.getByText("What should be done?").waitFor();
    assert.equal(page.url(), `${system.relay.url}/`);
    await page.reload();
    await page.getByText("What should be done?").waitFor();
    const stranger = await browser.newContext();
    const visit = await stranger.newPage();
    await visit.goto(url);
    await visit.getByText("This link was used before").waitFor();
    await stranger.close();
  });

  it("shows a queued prompt at work, live, to its author and to a second viewer", async () => {
    await queue(page, "Echo", "Say a first word, then another");
    await terminalHas(page, "Say a first word");
    await page.locator(".pill", { hasText: "done" }).waitFor();

    const invitation = (await system.owner.request("POST", "/api/invitations", { role: "viewer" })) as { url: string };
    const other = await browser.newContext();
    const visitor = await other.newPage();
    await visitor.goto(invitation.url);
    await visitor.getByText("You can watch everything.").waitFor();
    await visitor.getByLabel("Your name").fill("Ben");
    await visitor.getByRole("button", { name: "Join the team" }).click();
    await visitor.locator(".row", { hasText: "Say a first word" }).click();
    await terminalHas(visitor, "Say a first word");
    assert.equal(await visitor.locator("#composer").count(), 0);
    await visitor.getByText("needs the role “prompter”").waitFor();
    await other.close();
  });

  it("goes on with a follow-up in the same thread, and hands out the log as files", async () => {
    await page.getByLabel("Prompt", { exact: true }).fill("And a third");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "And a third" }).waitFor();
    await terminalHas(page, "And a third");
    await page.locator(".pill", { hasText: "done" }).waitFor();
    for (const name of [/^Download the output/, "Download as asciicast"]) {
      await page.getByRole("button", { name: "More" }).click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("menuitem", { name }).click(),
      ]);
      assert.match(await readFile(await download.path(), "utf8"), /third/);
    }
    await page.getByRole("tab", { name: "Details" }).click();
    await page.locator(".thread a", { hasText: "Say a first word" }).click();
    await page.getByRole("heading", { name: "Say a first word" }).waitFor();
  });

  it("types into an interactive run, gives the keyboard back, and shows it all again after a reload", async () => {
    await queue(page, "Line", "printf 'ready> '; cat", "Interactive");
    await terminalHas(page, "ready>");
    await page.getByRole("button", { name: "Take the keyboard" }).click();
    await page.keyboard.type("typed in the browser");
    await page.getByText("You have the keyboard").waitFor();
    await page.keyboard.press("Enter");
    await terminalHas(page, "typed in the browser");
    await page.getByRole("button", { name: "Fit to my window" }).click();
    await page.keyboard.type("x after the fit");
    await page.keyboard.press("Enter");
    await terminalHas(page, "x after the fit");
    await page.waitForFunction(() => document.querySelectorAll(".xterm-rows > div").length > 30);
    await page.getByRole("button", { name: "Give back" }).click();
    await page.getByText("Nobody is typing").waitFor();
    await page.reload();
    await terminalHas(page, "typed in the browser");
  });

  it("keeps what is shown and what is queued while the relay is gone, and loses nothing", async () => {
    await system.relay.kill("SIGKILL");
    await page
      .getByText(/^Reconnecting…$|^Offline\./)
      .first()
      .waitFor();
    await terminalHas(page, "typed in the browser");
    await page.getByRole("button", { name: "New prompt", exact: true }).click();
    await page.getByLabel("Prompt", { exact: true }).fill("Written while the relay was gone");
    await page.keyboard.press("Enter");
    await page.getByText("waiting for connection").waitFor();
    await page.reload().catch(() => undefined);
    await system.relay.start();
    await page.goto(system.relay.url);
    await page.locator(".row", { hasText: "Written while the relay was gone" }).first().waitFor();
    await page.waitForFunction(() => document.querySelector(".connection")?.getAttribute("data-phase") === "live");
    await page.locator(".row[href]", { hasText: "Written while the relay was gone" }).waitFor();
    const { prompts } = await system.owner.client.call("listPrompts");
    const { runs } = await system.owner.client.call("listRuns", { query: { q: "Written while the relay was gone" } });
    const waiting = prompts.filter((prompt) => prompt.body.text === "Written while the relay was gone");
    assert.equal(new Set([...waiting.map((prompt) => prompt.id), ...runs.map((run) => run.promptId)]).size, 1);
    assert.ok(runs.length <= 1);
  });

  it("shows every line exactly once, though the relay is killed in the middle", async () => {
    await runnerIsBack();
    await queue(page, "Line", "i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo line $i; sleep 0.005; done", "Once");
    await terminalHas(page, "line 60");
    await system.relay.kill("SIGKILL");
    await page
      .getByText(/^Reconnecting…$|^Offline\./)
      .first()
      .waitFor();
    await system.relay.start();
    await page.locator(".pill", { hasText: "done" }).waitFor();
    await terminalHas(page, "line 500");
    const everyLine = Array.from({ length: 500 }, (_, index) => `line ${index + 1}`);
    assert.deepEqual(await copiedLines(page), everyLine);
    await page.reload();
    await terminalHas(page, "line 500");
    assert.deepEqual(await copiedLines(page), everyLine);
  });

  it("opens a long log by its end, and all of it when asked", async () => {
    await queue(page, "Line", "seq 1 60000 | sed s/$/-------------------------/; seq 1 9000", "Once");
    await page.locator(".pill", { hasText: "done" }).waitFor();
    await page.reload();
    await terminalHas(page, "9000");
    await page.getByRole("button", { name: /Load everything/ }).click();
    await page.getByRole("button", { name: /Load everything/ }).waitFor({ state: "detached" });
    await terminalHas(page, "9000");
    const lines = await until("all lines are there", async () => {
      const all = await copiedLines(page);
      return all.at(-1) === "9000" ? all : undefined;
    });
    assert.deepEqual(
      lines.slice(-9_000),
      Array.from({ length: 9_000 }, (_, index) => `${index + 1}`),
    );
  });

  it("pairs a runner: a wrong code is refused, the right one shows host, folder and the runner's own key", async () => {
    const folder = system.temp.at("paired");
    mkdirSync(folder);
    await using pairing = pair(folder);
    const asked = await askedBy(pairing);
    await page.goto(`${system.relay.url}/pair?code=AAAA-AAAA`);
    await page.getByText("This code is wrong").waitFor();
    await page.goto(asked.url);
    await page.getByText(folder).waitFor();
    await page.getByText(asked.fingerprint).waitFor();
    await page.getByText(hostname(), { exact: true }).waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("is paired").waitFor();
    assert.equal((await pairing.exited).code, 0);
    await page.getByRole("button", { name: "Show the runners" }).click();
    await page.getByRole("heading", { name: "paired", exact: true }).waitFor();
    await page.goto(system.relay.url);
  });

  it("warns an owner whose approval would take a runner from somebody else", async () => {
    await using pairing = pair(system.temp.at("paired"));
    const asked = await askedBy(pairing);
    const invitation = (await system.owner.request("POST", "/api/invitations", { role: "owner" })) as { url: string };
    const other = await browser.newContext();
    const visitor = await other.newPage();
    await visitor.goto(invitation.url);
    await visitor.getByLabel("Your name").fill("Oda");
    await visitor.getByRole("button", { name: "Join the team" }).click();
    await visitor.locator(".app").waitFor();
    await visitor.goto(asked.url);
    await visitor.getByRole("heading", { name: "This replaces the runner paired of Ana" }).waitFor();
    await visitor.getByRole("button", { name: "Approve and replace" }).waitFor();
    await visitor.getByRole("button", { name: "Decline" }).click();
    await visitor.getByText("The pairing was declined.").waitFor();
    assert.notEqual((await pairing.exited).code, 0);
    await other.close();
  });

  it("cancels a run and says who did", async () => {
    await runnerIsBack();
    await page.locator(".row", { hasText: "printf" }).first().click();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.locator(".pill", { hasText: "cancelled" }).waitFor();
    await page.getByRole("tab", { name: "Details" }).click();
    await page.getByText("by you").first().waitFor();
  });

  it("takes the keyboard off the page when the program ends under it", async () => {
    await queue(page, "Line", "cat", "Interactive");
    await page.getByRole("button", { name: "Take the keyboard" }).click();
    await page.getByText("You have the keyboard").waitFor();
    await page.keyboard.press("Control+d");
    await page.getByText("The run is over: done.").waitFor();
    assert.equal(await page.getByRole("button", { name: /Fit to my window|Give back/ }).count(), 0);
    assert.equal(await page.locator(".lease.yours").count(), 0);
  });

  it("says by which signal a run ended", async () => {
    await queue(page, "Line", "kill -INT $$", "Once");
    await page.locator(".pill", { hasText: "ended by SIGINT" }).waitFor();
    assert.equal(await page.locator(".row.selected .ok").count(), 0);
  });

  it("shows a runner as reconnecting as soon as it is gone", async () => {
    const row = page.locator(".side-runners .row", { hasText: "reconnecting" });
    assert.equal(await row.count(), 0);
    await system.runners[0]?.kill("SIGKILL");
    await row.waitFor({ timeout: 5_000 });
  });

  const runnerIsBack = () =>
    until("the runner is back", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners.find((runner) => runner.state === "online");
    });

  const pair = (folder: string) =>
    startProcess([process.execPath, artifact("cli"), "pair", system.relay.url, "--workspace", folder, "--json"], {
      env: { BATON_HOME: system.temp.at("home") },
    });
  /** What a runner that pairs says to its user. */
  const askedBy = (pairing: TestProcess) =>
    pairing.line((line) => {
      const said = JSON.parse(line) as { event: string; url: string; fingerprint: string };
      return said.event === "pairing" ? said : undefined;
    });

  async function copiedLines(on: Page): Promise<string[]> {
    await on.getByRole("button", { name: "More" }).click();
    await on.getByRole("menuitem", { name: "Copy the terminal's text" }).click();
    await on.getByText("The terminal's text was copied").last().waitFor();
    return (await on.evaluate(() => navigator.clipboard.readText())).split("\n");
  }

  async function queue(on: Page, agent: string, text: string, mode?: string): Promise<void> {
    await on.getByRole("button", { name: "New prompt", exact: true }).click();
    await on.getByLabel("Agent").selectOption({ label: agent });
    if (mode) await on.getByLabel("Mode").selectOption({ label: mode });
    await on.getByLabel("Prompt", { exact: true }).fill(text);
    await on.keyboard.press("Enter");
    await on.locator(".run-header").waitFor();
  }

  async function terminalHas(on: Page, text: string): Promise<void> {
    await on.locator(".xterm-rows").waitFor();
    await on.waitForFunction(
      (wanted) => (document.querySelector(".xterm-rows")?.textContent ?? "").replaceAll("\u00a0", " ").includes(wanted),
      text,
    );
  }
});
