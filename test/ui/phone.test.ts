import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { fixtureSuite } from "./fixture-suite";

const minReadablePx = 11;

describe("the dashboard on a phone", function () {
  this.timeout(30_000);
  const start = fixtureSuite();
  const openRun = async (page: Page, title: string) => {
    await page.locator(".row", { hasText: title }).first().click();
    await page.locator(".xterm-rows").waitFor();
  };
  const takeKeyboard = async (page: Page) => {
    await page.getByRole("button", { name: "Take the keyboard" }).click();
    await page.getByText("You have the keyboard").waitFor();
  };
  const fontPx = (page: Page) =>
    page.locator(".xterm-rows").evaluate((rows) => Number.parseFloat(getComputedStyle(rows).fontSize));
  const panned = (page: Page) => page.locator(".terminal-frame").evaluate((frame) => frame.scrollLeft);

  it("sends the keys that a phone lacks", async () => {
    const page = await start("/", {}, "phone");
    await openRun(page, "Bakery landing page");
    await takeKeyboard(page);
    for (const name of ["Esc", "Tab", "Up"]) await page.getByRole("button", { name, exact: true }).click();
    await page.getByRole("button", { name: "Ctrl", exact: true }).click();
    await page.locator(".xterm-helper-textarea").focus();
    await page.keyboard.type("c");
    await page.waitForFunction(() => window.baton?.relay.typed.length === 4);
    assert.equal(await page.evaluate(() => window.baton?.relay.typed.join("")), "\u001b\t\u001b[A\u0003");
  });

  it("leaves the words of a step that is done to wider screens, so that the page of a build has room", async () => {
    const page = await start("/", {}, "phone");
    await page.evaluate(() => {
      const run = window.baton?.world.runs.find(({ body }) => body.title === "Fix the flaky login test");
      if (!run) throw new Error("the run is not there");
      const step = (name: string, state: string, params: object) => ({
        step: name,
        state,
        params,
        startedAt: 1,
        endedAt: 2,
      });
      const steps = [
        step("scaffold", "done", { files: 14 }),
        step("set-up", "failed", { command: "npm install" }),
      ] as NonNullable<typeof run.steps>;
      window.baton?.relay.change({ runs: [{ ...run, rev: run.rev + 1, steps }] });
    });
    await openRun(page, "Fix the flaky login test");
    await page.getByText("npm install", { exact: true }).waitFor();
    assert.equal(await page.locator(".step-detail", { hasText: "14 files" }).isVisible(), false);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.locator(".step-detail", { hasText: "14 files" }).waitFor();
  });

  it("shows a terminal in a size that can be read, panned by a finger, and whole when that is asked for", async () => {
    const page = await start("/", {}, "phone");
    await openRun(page, "Fix the flaky login test");
    assert.ok((await fontPx(page)) >= minReadablePx, `${await fontPx(page)} px`);
    await drag(page, -200);
    await page.waitForFunction(() => (document.querySelector(".terminal-frame")?.scrollLeft ?? 0) > 100);
    await page.getByRole("button", { name: "Whole width" }).click();
    await page.waitForFunction(() => {
      const frame = document.querySelector(".terminal-frame");
      return frame !== null && frame.scrollWidth <= frame.clientWidth;
    });
    assert.equal(await panned(page), 0);
    await page.getByRole("button", { name: "Readable size" }).click();
    await page.getByRole("button", { name: "Whole width" }).waitFor();
    assert.ok((await fontPx(page)) >= minReadablePx);
  });

  it("gives the run a size that is read without panning, once the keyboard is taken", async () => {
    const page = await start("/", {}, "phone");
    await openRun(page, "Bakery landing page");
    await takeKeyboard(page);
    await page.getByRole("button", { name: "Fit to my screen" }).click();
    const resize = await page.evaluate(() =>
      window.baton?.relay.received.find((command) => command.type === "run.resize"),
    );
    assert.ok(resize?.type === "run.resize");
    const width = await page.locator(".terminal-frame").evaluate((frame) => frame.clientWidth);
    assert.ok(resize.size.cols >= 40 && resize.size.cols * 0.6 * minReadablePx <= width, JSON.stringify(resize.size));
  });

  /** Drags a finger over the terminal. */
  async function drag(page: Page, byPx: number): Promise<void> {
    const box = await page.locator(".terminal-frame").boundingBox();
    assert.ok(box);
    const session = await page.context().newCDPSession(page);
    const [x, y] = [Math.round(box.x + box.width * 0.75), Math.round(box.y + box.height / 2)];
    const stepPx = Math.sign(byPx) * 10;
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
    for (let movedPx = 0; Math.abs(movedPx) <= Math.abs(byPx); movedPx += stepPx) {
      await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x: x + movedPx, y }] });
    }
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  }
});
