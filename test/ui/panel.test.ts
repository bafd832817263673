import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { skipBecause } from "#test/support/skip";
import { axe, stickingOut } from "./checks";
import type { FixtureRequest } from "./fixture/page";
import { type Look, type OpenPage, openFixture } from "./fixture-page";
import { type FixtureServer, startFixtureServer } from "./fixture-server";

const pictures = join(distFolder, "pictures");
const flaky = "/?run=Fix the flaky login test";

describe("the page of a run's panel", function () {
  this.timeout(60_000);
  let browser: Browser;
  let server: FixtureServer;
  let open: OpenPage | undefined;

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    await mkdir(pictures, { recursive: true });
    [browser, server] = await Promise.all([launchBrowser(), startFixtureServer("test/ui/fixture/panel.tsx")]);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  afterEach(async () => {
    const complaints = open?.complaints ?? [];
    await open?.context.close();
    open = undefined;
    assert.deepEqual(complaints, []);
  });

  const openPanel = async (request: FixtureRequest = {}, look: Look = "dark", width = 640): Promise<Page> => {
    open = await openFixture(browser, server.url, { path: flaky, request, look });
    await open.page.setViewportSize({ width, height: 620 });
    return open.page;
  };
  const terminalReady = (page: Page) =>
    page.waitForFunction(() => (document.querySelector(".xterm-rows")?.textContent ?? "").trim().length > 10);

  for (const [look, width] of [
    ["dark", 640],
    ["light", 640],
    ["dark", 400],
  ] as const) {
    it(`shows a run in a column of ${width} px, ${look}: axe finds nothing, nothing sticks out`, async () => {
      const page = await openPanel({}, look, width);
      await page.locator("h1").waitFor();
      await terminalReady(page);
      await page.screenshot({ path: join(pictures, `panel-${look}-${width}.png`) });
      assert.deepEqual(await axe(page, "body"), []);
      assert.deepEqual(await stickingOut(page), []);
    });
  }

  for (const [look, width] of [
    ["dark", 640],
    ["light", 800],
    ["dark", 400],
  ] as const) {
    it(`shows the steps of a build beside one another, each with its time, in ${width} px, ${look}`, async () => {
      const page = await openPanel({}, look, width);
      await page.locator("h1").waitFor();
      await page.evaluate(() => {
        const run = window.baton?.world.runs.find(({ body }) => body.title === "Fix the flaky login test");
        const at = Date.now() - 60_000;
        const params = { template: "React + Vite", files: 24 };
        const step = (name: "set-up" | "agent" | "plan", said: Record<string, string | number>, from: number) => ({
          ...{ step: name, state: "started" as const, params: said, startedAt: at + from },
        });
        const steps = [
          { step: "scaffold" as const, state: "done" as const, params, startedAt: at, endedAt: at + 1_400 },
          { ...step("set-up", { command: "npm install" }, 1_400), state: "done" as const, endedAt: at + 14_000 },
          step("agent", {}, 14_000),
          step("plan", { done: 1, total: 4, now: "Writing the opening hours of every day of the week" }, 20_000),
        ];
        if (run) window.baton?.relay.change({ runs: [{ ...run, rev: 9, steps }] });
      });
      const items = page.getByRole("list", { name: "Steps" }).getByRole("listitem");
      await items.filter({ hasText: "Plan" }).waitFor();
      await terminalReady(page);
      await page.screenshot({ path: join(pictures, `panel-build-${look}-${width}.png`) });
      const gaps = await items.evaluateAll((rows) =>
        rows.map((row) => {
          const parts = [...row.children].filter((one) => one.className !== "sr-only" && one.textContent !== "");
          const boxes = parts.map((one) => one.getBoundingClientRect()).filter(({ width }) => width > 0);
          return boxes.slice(1).map(({ left }, index) => Math.round(left - (boxes[index]?.right ?? 0)));
        }),
      );
      assert.ok(gaps.flat().length >= 5);
      for (const gap of gaps.flat()) assert.ok(gap >= 4, `${gap} px between two words`);
      const places = await items.evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().toJSON()));
      assert.equal(places[0]?.top, places[1]?.top, "two short steps stand in one line");
      const title = await page.locator("h1").boundingBox();
      assert.equal(places[0]?.left, title?.x, "they begin where everything begins");
      assert.equal(new Set(places.map(({ height }) => height)).size, 1, "a long one takes no second line");
      assert.deepEqual(await axe(page, "body"), []);
      assert.deepEqual(await stickingOut(page), []);
    });
  }

  it("tells the editor the title, and opens every other place there", async () => {
    const page = await openPanel();
    await page.getByRole("tab", { name: "Details" }).click();
    await page.locator(".facts").waitFor();
    await page.getByRole("link", { name: /Then update the changelog/ }).click();
    const said = await page.evaluate(() => window.batonPanel?.said ?? []);
    assert.deepEqual(said[0], { type: "title", title: "Fix the flaky login test" });
    const opened = said.find((message) => message.type === "open");
    assert.match(opened?.path ?? "", /^\/prompts\/prm_[0-9a-f]{32}$/);
    await page.locator("h1", { hasText: "Fix the flaky login test" }).waitFor();
  });

  it("types, and asks the editor for a file of the output", async () => {
    const page = await openPanel();
    await page.getByRole("button", { name: "Take the keyboard" }).click();
    await page.getByText("You have the keyboard").waitFor();
    await page.keyboard.type("yes");
    await page.waitForFunction(() => window.baton?.relay.typed.join("") === "yes");
    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: /Download the output/ }).click();
    const said = await page.evaluate(() => window.batonPanel?.said ?? []);
    assert.deepEqual(said.at(-1), { type: "save", file: "readLog" });
  });

  it("calls nothing but what the view of a run needs", async () => {
    const page = await openPanel();
    await terminalReady(page);
    const called = await page.evaluate(() => window.baton?.relay.called ?? []);
    assert.deepEqual(called.sort(), ["makeTicket", "readSession"]);
  });

  it("keeps a draft in the state that the editor keeps", async () => {
    const page = await openPanel();
    await page.getByLabel("Prompt", { exact: true }).fill("and then the docs");
    const kept = await page.evaluate(() => Object.values(window.batonPanel?.state?.kept ?? {}));
    assert.deepEqual(kept, ["and then the docs"]);
  });

  it("says that nobody is signed in, and lets the editor do it", async () => {
    const page = await openPanel({ trouble: { signedOut: true } });
    await page.getByRole("button", { name: "Sign In" }).click();
    const said = await page.evaluate(() => window.batonPanel?.said ?? []);
    assert.deepEqual(said, [{ type: "sign-in" }]);
    assert.deepEqual(await axe(page, "body"), []);
  });

  it("says that the relay does not answer, and goes on by itself when it does", async () => {
    const page = await openPanel({ trouble: { unreachable: true } });
    await page.getByText("The relay does not answer").waitFor();
    await page.evaluate(() => window.baton?.relay.restore());
    await page.locator("h1", { hasText: "Fix the flaky login test" }).waitFor();
  });
});
