import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Browser, BrowserContextOptions } from "playwright-core";
import type { RunId } from "#protocol/ids";
import type { Role } from "#protocol/roles";
import { createFeed, type Feed } from "#test/e2e/feed";
import { batonTerminal } from "#test/support/baton";
import { browserPath, launchBrowser } from "#test/support/browser";
import { type Dashboard, openDashboard } from "#test/support/dashboard";
import { endKeepers } from "#test/support/keepers";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";

const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 860 }, locale: "en-GB", colorScheme: "dark" };
const phone: BrowserContextOptions = {
  ...desktop,
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
const line = { agent: "Line", mode: "interactive" } as const;

describe("the dashboard while things go away and come back", function () {
  this.timeout(60_000);
  let browser: Browser;
  let system: System;
  /** The owner's browser; the others are a colleague's and a guest's. */
  let owner: Dashboard;
  let colleague: Dashboard;
  let guest: Dashboard;
  let feeds = 0;
  /** A run whose runner is killed before everything else; after 20 seconds it counts as away. */
  let abandoned: RunId;
  const all = () => [owner, colleague, guest].filter((one) => one !== undefined);

  before(async function () {
    this.timeout(90_000);
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    [browser, system] = await Promise.all([launchBrowser(), startSystem({ runners: 2 })]);
    mkdirSync(system.temp.at("feeds"));
    abandoned = await system.start("echo left alone; exec cat", { runner: 1 });
    await until("its first line is on the relay", async () => {
      const { outputBytes } = await system.owner.client.call("readRun", { params: { id: abandoned } });
      return outputBytes > 0 || undefined;
    });
    await system.runners[1]?.kill("SIGKILL");
    owner = await signedIn(desktop, ((await system.owner.request("POST", "/api/links")) as { url: string }).url);
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

  it("shows a run whole to a page that is loaded again, and to one that comes later", async () => {
    const { feed, runId } = await startFeed("reload");
    feed.more(60);
    await owner.shows("reload 59.");
    await owner.page.reload();
    feed.more(60);
    await owner.shows("reload 119.");
    await guest.page.goto(`${system.relay.url}/runs/${runId}`);
    await guest.shows("reload 119.");
    feed.more(60);
    for (const one of [owner, guest]) {
      await one.shows("reload 179.");
      assert.equal(await one.copiedText(), feed.text());
    }
    await owner.page.locator(".run-header .meta", { hasText: "Gus" }).waitFor();
    await guest.page.getByText("Typing needs the role “approver”").waitFor();
    assert.equal(await guest.page.getByRole("button", { name: "Take the keyboard" }).count(), 0);
    assert.equal(await guest.page.getByRole("button", { name: "Cancel" }).count(), 0);
    await guest.picture("guest");
    await system.end(runId);
    await guest.runIs("cancelled");
  });

  it("opens a long log at its end, and loads the rest when it is asked to", async () => {
    const { feed, runId } = await startFeed("one-line-of-many");
    for (let part = 1; part <= 8; part++) {
      feed.more(1_000);
      await owner.shows(`one-line-of-many ${part * 1_000 - 1}.`);
    }
    await guest.page.goto(`${system.relay.url}/runs/${runId}`);
    await guest.shows("one-line-of-many 7999.");
    const tail = (await guest.copiedText()).split("\n");
    assert.ok(tail.length >= 100 && tail.length < 8_000, `${tail.length} lines came at once`);
    assert.ok(feed.text().endsWith(tail.slice(1).join("\n")));
    await guest.picture("long-log");
    await guest.page.getByRole("button", { name: "Load everything" }).click();
    await guest.page.getByRole("button", { name: "Load everything" }).waitFor({ state: "detached" });
    feed.more(1);
    await guest.shows("one-line-of-many 8000.");
    for (const one of [owner, guest]) assert.equal(await one.copiedText(), feed.text());
    await system.end(runId);
  });

  it("goes on in the same page after the relay was stopped and started, with everything once", async () => {
    const { feed, runId } = await startFeed("relay");
    feed.more(20);
    await guest.page.goto(`${system.relay.url}/runs/${runId}`);
    for (const one of [owner, guest]) {
      await one.shows("relay 19.");
      await one.page.evaluate(() => Object.assign(window, { sameDocument: true }));
    }
    await system.relay.kill("SIGTERM");
    try {
      await owner.page.locator(".connection", { hasText: /Reconnecting|Offline/ }).waitFor();
      feed.more(100);
      await owner.shows("relay 19.");
      await owner.picture("relay-away");
    } finally {
      await system.relay.start();
    }
    for (const one of [owner, guest]) {
      await one.live();
      await one.shows("relay 119.");
    }
    feed.more(5);
    for (const one of [owner, guest]) {
      await one.shows("relay 124.");
      assert.equal(await one.page.evaluate(() => "sameDocument" in window), true);
      assert.equal(await one.copiedText(), feed.text());
    }
    await system.end(runId);
  });

  it("loses nothing of a run whose runner was killed and started again", async () => {
    const { feed, runId } = await startFeed("runner");
    feed.more(20);
    await owner.shows("runner 19.");
    await system.runners[0]?.kill("SIGKILL");
    feed.more(50);
    await system.runners[0]?.start();
    await owner.shows("runner 69.");
    feed.more(5);
    await owner.shows("runner 74.");
    assert.equal(await owner.copiedText(), feed.text());
    await owner.page.getByRole("button", { name: "Cancel", exact: true }).click();
    await owner.runIs("cancelled");
    assert.equal((await system.owner.client.call("readRun", { params: { id: runId } })).end, "cancelled");
  });

  it("keeps what is queued offline, and queues it once", async () => {
    const { context } = page(owner);
    await owner.compose("echo online", { ...line, mode: "once" });
    await owner.shows("online");
    await owner.runIs("done");
    await context.setOffline(true);
    await page(owner).page.locator(".connection", { hasText: "Offline" }).waitFor();
    await owner.compose("echo written offline");
    await owner.row("echo written offline").getByText("waiting for connection").waitFor();
    await owner.picture("offline");
    await context.setOffline(false);
    await owner.shows("written offline");
    await owner.runIs("done");
    await assertQueuedOnce("echo written offline");
  });

  it("queues once where the relay's answer was lost", async () => {
    let losses = 0;
    await owner.page.route("**/api/prompts", async (route) => {
      if (route.request().method() !== "POST" || losses > 0) return route.continue();
      losses++;
      await route.fetch();
      await route.abort("connectionreset");
    });
    await owner.queue("echo answered twice", { ...line, mode: "once" });
    await owner.runIs("done");
    await owner.page.unroute("**/api/prompts");
    assert.equal(losses, 1);
    await assertQueuedOnce("echo answered twice");
  });

  it("hands the keyboard from one browser to the other, and to the desk", async () => {
    const runId = await owner.queue("printf 'ready> '; exec cat", line);
    await owner.shows("ready>");
    await owner.takeKeyboard();
    await owner.type("by the owner");
    await owner.press("Enter");
    await colleague.page.goto(`${system.relay.url}/runs/${runId}`);
    await colleague.shows(/by the owner\n+by the owner/);
    await colleague.page.getByText("Ana is typing").waitFor();
    await colleague.takeKeyboard();
    await owner.page.getByText("Cleo took the keyboard.").waitFor();
    await owner.page.getByText("Cleo is typing").waitFor();
    await owner.picture("keyboard-taken");
    assert.equal(await owner.page.getByRole("button", { name: "Fit to my window" }).count(), 0);
    await owner.type("ignored");
    await colleague.type("by the colleague");
    await colleague.press("Enter");
    await owner.shows(/by the colleague\n+by the colleague/);
    await colleague.page.getByRole("button", { name: "Fit to my window" }).click();
    await until("the run has another size", async () => {
      const { size } = await system.owner.client.call("readRun", { params: { id: runId } });
      return size && size.cols !== 100 ? size : undefined;
    });

    const desk = batonTerminal(["attach", runId], { home: system.temp.at("home") });
    await desk.shows("by the colleague");
    await colleague.page.getByText("Somebody at the desk took the keyboard.").waitFor();
    desk.type("by the desk\r");
    for (const one of [owner, colleague]) await one.shows(/by the desk\n+by the desk/);
    assert.doesNotMatch(await owner.screen(), /ignored/);
    await colleague.picture("desk-took-the-keyboard");

    // A person at the desk who has stopped typing can be relieved, and takes the terminal back with a key.
    await until("the desk is quiet", async () => {
      await owner.page.getByRole("button", { name: "Take the keyboard" }).click();
      const got = owner.page.getByText("You have the keyboard").waitFor({ timeout: 500 });
      return got.then(
        () => true,
        () => undefined,
      );
    });
    desk.type("back at the desk\r");
    await owner.shows(/back at the desk\n+back at the desk/);
    await owner.page.getByText(/^Somebody is typing at the desk$/).waitFor();
    desk.type("\x04");
    assert.equal(await desk.exited, 0);
    await owner.runIs("done");
  });

  it("pauses following while a person reads, finds a text, and downloads every byte", async () => {
    const { feed, runId } = await startFeed("scroll");
    feed.more(300);
    await owner.shows("scroll 299.");
    await owner.page.locator(".terminal-frame").hover();
    await owner.page.mouse.wheel(0, -2_000);
    await owner.page.getByRole("button", { name: "Follow" }).waitFor();
    const read = await owner.screen();
    feed.more(50);
    await guest.page.goto(`${system.relay.url}/runs/${runId}`);
    await guest.shows("scroll 349.");
    assert.equal(await owner.screen(), read);
    await owner.picture("reading");
    await owner.page.getByRole("button", { name: "Follow" }).click();
    await owner.shows("scroll 349.");
    feed.more(1);
    await owner.shows("scroll 350.");

    await owner.page.getByRole("button", { name: "Search in the terminal" }).click();
    await owner.page.getByRole("searchbox", { name: "Search in the terminal" }).fill("scroll 42.");
    await owner.page.keyboard.press("Enter");
    await owner.shows("scroll 42.");
    await owner.picture("search");
    await owner.page.keyboard.press("Escape");

    assert.deepEqual(await download("Download the output"), feed.bytes());
    const [header = "", ...events] = (await download("Download as asciicast")).toString("utf8").trim().split("\n");
    assert.equal((JSON.parse(header) as { version: number }).version, 3);
    const output = events
      .map((event) => JSON.parse(event) as [number, string, string])
      .filter(([, kind]) => kind === "o");
    assert.equal(output.map(([, , text]) => text).join(""), feed.bytes().toString("utf8"));
    await system.end(runId);
  });

  it("keeps each run's history while others are looked at", async () => {
    const first = await startFeed("first");
    first.feed.more(80);
    await owner.shows("first 79.");
    const second = await startFeed("second");
    second.feed.more(80);
    await owner.shows("second 79.");
    first.feed.more(40);
    await owner.open(first.feed.command);
    await owner.shows("first 119.");
    assert.equal(await owner.copiedText(), first.feed.text());
    await owner.page.goBack();
    await owner.shows("second 79.");
    assert.equal(await owner.copiedText(), second.feed.text());
    await Promise.all([system.end(first.runId), system.end(second.runId)]);
  });

  it("works on a phone", async () => {
    const link = (await system.owner.request("POST", "/api/links")) as { url: string };
    const mobile = await signedIn(phone, link.url);
    await mobile.page.getByRole("navigation", { name: "Sections" }).waitFor();
    await mobile.picture("phone-runs");
    await mobile.queue("trap 'echo interrupted; exit 3' INT; echo ready; while :; do read x; echo got $x; done", line);
    await mobile.shows("ready");
    await mobile.picture("phone-run");
    await mobile.takeKeyboard();
    await mobile.type("from a phone");
    await mobile.press("Enter");
    await mobile.shows("got from a phone");
    await mobile.picture("phone-typing");
    await mobile.page.getByRole("button", { name: "Ctrl", exact: true }).tap();
    await mobile.page.keyboard.type("c");
    await mobile.runIs("exit 3");
    await mobile.shows("interrupted");
    await assertFits(mobile);
    await mobile.page.getByRole("tab", { name: "Details" }).tap();
    await mobile.picture("phone-details");
    await assertFits(mobile);
    await mobile.page.getByRole("button", { name: "Back to the runs" }).tap();
    await mobile.row("trap").waitFor();
    await mobile.page.getByRole("button", { name: "Runners" }).tap();
    await mobile.page.getByRole("heading", { name: "Runners" }).waitFor();
    await mobile.picture("phone-runners");
    await assertFits(mobile);
    assert.deepEqual(mobile.complaints(), []);
    await mobile.page.context().close();
  });

  it("shows a run as away while its runner is gone, not as over, and as it is when that is back", async () => {
    await owner.page.goto(`${system.relay.url}/runs/${abandoned}`);
    await owner.runIs("away", 25_000);
    await owner.page.getByText("it can be cancelled when the runner is back").waitFor();
    assert.equal(await owner.page.getByRole("button", { name: "Cancel" }).count(), 0);
    await owner.shows("left alone");
    assert.equal(await owner.page.getByRole("button", { name: "Take the keyboard" }).count(), 0);
    await owner.picture("away");
    await system.runners[1]?.start();
    await owner.runIs("running");
    await owner.takeKeyboard();
    await owner.type("still here");
    await owner.press("Enter");
    await owner.shows(/still here\n+still here/);
    await system.end(abandoned);
  });

  const page = (dashboard: Dashboard) => ({ page: dashboard.page, context: dashboard.page.context() });

  async function signedIn(options: BrowserContextOptions, link: string): Promise<Dashboard> {
    const dashboard = await openDashboard(await browser.newContext(options), system.relay.url);
    await dashboard.signIn(link);
    return dashboard;
  }

  async function invited(role: Role, name: string): Promise<Dashboard> {
    const { url } = (await system.owner.request("POST", "/api/invitations", { role })) as { url: string };
    const dashboard = await openDashboard(await browser.newContext(desktop), system.relay.url);
    await dashboard.page.goto(url);
    await dashboard.page.getByLabel("Your name").fill(name);
    await dashboard.page.getByRole("button", { name: "Join the team" }).click();
    await dashboard.page.locator(".app").waitFor();
    return dashboard;
  }

  /** Queues a feed from the owner's page, which shows it then. */
  async function startFeed(name: string): Promise<{ feed: Feed; runId: RunId }> {
    const feed = createFeed(system.temp.at("feeds", `${feeds++}-${name}`), name);
    return { feed, runId: await owner.queue(feed.command, line) };
  }

  async function assertQueuedOnce(text: string): Promise<void> {
    const { runs } = await system.owner.client.call("listRuns", { query: { q: text } });
    const { prompts } = await system.owner.client.call("listPrompts");
    const waiting = prompts.filter((prompt) => prompt.body.text === text && !prompt.runId);
    assert.deepEqual([runs.length, waiting.length], [1, 0]);
  }

  async function download(item: string): Promise<Buffer> {
    await owner.page.getByRole("button", { name: "More" }).click();
    const coming = owner.page.waitForEvent("download");
    await owner.page.getByRole("menuitem", { name: item }).click();
    return readFile(await (await coming).path());
  }

  /** Nothing is wider than the window. */
  async function assertFits(dashboard: Dashboard): Promise<void> {
    const [wide, room] = await dashboard.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.equal(wide, room);
  }
});
