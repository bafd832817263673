import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Browser, BrowserContextOptions } from "playwright-core";
import type { AuditEntry, Prompt } from "#protocol/documents";
import type { Role } from "#protocol/roles";
import { browserPath, launchBrowser } from "#test/support/browser";
import { type Dashboard, openDashboard } from "#test/support/dashboard";
import { endKeepers } from "#test/support/keepers";
import { processGone } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 860 }, locale: "en-GB", colorScheme: "dark" };
const line = { agent: "Line", mode: "interactive" } as const;
/** A silent runner's claims count as unknown after 30 seconds. */
const silenceMs = 40_000;

/** The machine of a runner dies between its claim and its start: nobody can say whether the prompt runs. */
describe("a prompt of which nobody knows whether it started, in a real browser", function () {
  this.timeout(90_000);
  let browser: Browser;
  let system: System;
  let owner: Dashboard;
  let colleague: Dashboard;
  let guest: Dashboard;
  const all = () => [owner, colleague, guest].filter((one) => one !== undefined);
  const marks = () => system.temp.at("marks");
  const texts = { again: "", given: "" };

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    [browser, system] = await Promise.all([launchBrowser(), startSystem()]);
    texts.again = `echo again >> ${marks()}`;
    texts.given = `echo given >> ${marks()}`;
    // The keeper is there from its first run on.
    await system.end(await system.start("exec cat"));
    owner = await openDashboard(await browser.newContext(desktop), system.relay.url);
    await owner.signIn(((await system.owner.request("POST", "/api/links")) as { url: string }).url);
    colleague = await invited("approver", "Cleo");
    guest = await invited("viewer", "Gus");
  });

  after(async () => {
    await browser?.close();
    if (!system) return;
    for (const runner of system.runners) await runner.kill("SIGTERM");
    await endKeepers(system.temp.at("home"));
    assert.deepEqual(await system.stop(3_000), []);
  });

  afterEach(async function () {
    const { currentTest } = this;
    if (currentTest?.state === "failed") {
      const name = currentTest.title.replaceAll(/\W+/g, "-");
      for (const [index, one] of all().entries()) await one.picture(`failed-${name}-${index}`);
    }
    for (const one of all()) assert.deepEqual(one.complaints(), []);
  });

  it("is shown so to everybody, with what can be done about it to those who may", async () => {
    const keepers = system.keepers();
    assert.ok(keepers.length > 0);
    for (const pid of keepers) process.kill(pid, "SIGSTOP");
    await owner.compose(texts.again, line);
    await stateIs(texts.again, "claimed");
    await owner.compose(texts.given, line);
    await stateIs(texts.given, "claimed");
    await system.runners[0]?.kill("SIGKILL");
    for (const pid of keepers) process.kill(pid, "SIGKILL");
    await Promise.all(keepers.map((pid) => processGone(pid)));

    for (const one of all()) {
      await one.row(texts.given).getByText("may or may not have started").waitFor({ timeout: silenceMs });
      await one.open(texts.given);
      await one.page.getByRole("heading", { name: "Did it start?" }).waitFor();
    }
    await owner.page.locator(".section.hot", { hasText: "Needs you 2" }).waitFor();
    for (const one of [owner, colleague]) {
      assert.equal(await one.page.getByRole("button", { name: /Start again|Forget/ }).count(), 2);
    }
    await guest.page.getByText("Its author or an approver can start it again or forget it.").waitFor();
    assert.equal(await guest.page.getByRole("button", { name: /Start again|Forget/ }).count(), 0);
    await owner.picture("unknown");
  });

  it("is forgotten once by a double click, and the others see that", async () => {
    await owner.page.getByRole("button", { name: "Forget" }).dblclick();
    for (const one of all()) {
      await one.page.locator(".prompt-page .pill", { hasText: "lost" }).waitFor();
      assert.equal(await one.page.getByRole("button", { name: /Start again|Forget/ }).count(), 0);
    }
    assert.equal(await owner.page.locator(".notice").count(), 0);
    assert.equal(await timesDone("forgetPrompt"), 1);
    await owner.page.locator(".section.hot", { hasText: "Needs you 1" }).waitFor();
  });

  it("is started again once, though two people ask for it at the same time, and then runs once", async () => {
    for (const one of all()) await one.open(texts.again);
    const [first, second] = [owner, colleague].map((one) => one.page.getByRole("button", { name: "Start again" }));
    await Promise.all([first?.dblclick(), second?.dblclick({ timeout: 2_000 }).catch(() => undefined)]);
    for (const one of all()) {
      await one.page.locator(".prompt-page .pill", { hasText: "queued" }).waitFor();
      await one.page.locator(".section.hot").waitFor({ state: "detached" });
    }
    assert.equal(await timesDone("restartPrompt"), 1);
    assert.equal((await promptOf(texts.again)).attempt, 2);
    await owner.picture("unknown-queued-again");

    await system.runners[0]?.start();
    for (const one of all()) {
      await one.page.waitForURL(/\/runs\/run_/);
      await one.runIs("done");
    }
    assert.equal(readFileSync(marks(), "utf8"), "again\n");
  });

  async function invited(role: Role, name: string): Promise<Dashboard> {
    const { url } = (await system.owner.request("POST", "/api/invitations", { role })) as { url: string };
    const dashboard = await openDashboard(await browser.newContext(desktop), system.relay.url);
    await dashboard.page.goto(url);
    await dashboard.page.getByLabel("Your name").fill(name);
    await dashboard.page.getByRole("button", { name: "Join the team" }).click();
    await dashboard.page.locator(".app").waitFor();
    return dashboard;
  }

  async function promptOf(text: string): Promise<Prompt> {
    return until(`“${text}” is on the relay`, async () => {
      const { prompts } = await system.owner.client.call("listPrompts");
      return prompts.find((prompt) => prompt.body.text === text);
    });
  }

  const stateIs = (text: string, state: Prompt["state"]) =>
    until(`“${text}” is ${state}`, async () => (await promptOf(text)).state === state || undefined);

  /** How often the relay did something, by its audit. */
  async function timesDone(action: string): Promise<number> {
    const { entries } = (await system.owner.request("GET", "/api/audit")) as { entries: AuditEntry[] };
    return entries.filter((entry) => entry.action === action).length;
  }
});
