import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { EndpointName } from "#protocol/api";
import type { RunId } from "#protocol/ids";
import type { FixtureRequest } from "./fixture/page";
import { fixtureSuite } from "./fixture-suite";

describe("the keyboard of a run on the dashboard", function () {
  this.timeout(30_000);
  const start = fixtureSuite();
  const openRun = async (request: FixtureRequest = {}): Promise<Page> => {
    const page = await start("/", request);
    await page.locator(".row", { hasText: "Bakery landing page" }).first().click();
    await page.locator(".xterm-rows").waitFor();
    return page;
  };
  const take = (page: Page) => page.getByRole("button", { name: "Take the keyboard" }).click();
  const takeKeyboard = async (page: Page) => {
    await take(page);
    await page.getByText("You have the keyboard").waitFor();
  };
  const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
  const typedIs = async (page: Page, text: string) => {
    await page.waitForFunction((length) => (window.baton?.relay.typed.join("").length ?? 0) >= length, text.length);
    assert.equal(await page.evaluate(() => window.baton?.relay.typed.join("")), text);
  };
  const calls = (page: Page, name: EndpointName) =>
    page.evaluate((wanted) => window.baton?.relay.called.filter((called) => called === wanted).length, name);
  const isInTerminal = (page: Page) =>
    page.waitForFunction(() => document.activeElement?.className === "xterm-helper-textarea");
  const isLeftAlone = async (page: Page) => {
    assert.equal(await calls(page, "cancelRun"), 0);
    assert.equal(await page.locator("dialog").count(), 0);
    assert.equal(await page.getByLabel("Prompt", { exact: true }).inputValue(), "");
    await page.getByRole("heading", { name: "Bakery landing page" }).waitFor();
  };

  for (const name of ["Fit to my window", "Show in reading size"]) {
    it(`types every key into the terminal after “${name}”`, async () => {
      const page = await openRun();
      await takeKeyboard(page);
      await button(page, name).click();
      await page.keyboard.type("xc/jkt?");
      await typedIs(page, "xc/jkt?");
      await isLeftAlone(page);
    });
  }

  it("types into the terminal also where the focus is elsewhere in the run view, and takes it there", async () => {
    const page = await openRun();
    await takeKeyboard(page);
    await button(page, "More").focus();
    await page.keyboard.type("x c");
    await typedIs(page, "x c");
    await isInTerminal(page);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press("Enter");
    await typedIs(page, "x c\r");
    await isLeftAlone(page);
    await page.getByLabel("Prompt", { exact: true }).click();
    await page.keyboard.type("x");
    assert.equal(await page.getByLabel("Prompt", { exact: true }).inputValue(), "x");
    await typedIs(page, "x c\r");
  });

  it("leaves Space and Enter to a button that has the focus", async () => {
    const page = await openRun();
    await takeKeyboard(page);
    await button(page, "Give back").focus();
    await page.keyboard.press("Space");
    await page.getByText("Nobody is typing").waitFor();
    assert.equal(await page.evaluate(() => window.baton?.relay.typed.length), 0);
  });

  it("goes back into the terminal when its search is closed", async () => {
    const page = await openRun();
    await takeKeyboard(page);
    await page.getByRole("button", { name: "Search in the terminal" }).click();
    await page.keyboard.type("x");
    await page.keyboard.press("Escape");
    await isInTerminal(page);
    await page.keyboard.type("x");
    await typedIs(page, "x");
  });

  it("keeps what is typed while the lease is asked for, and sends it first", async () => {
    const page = await openRun({ trouble: { slowLease: true } });
    await take(page);
    await isInTerminal(page);
    await page.keyboard.type("xj");
    await isLeftAlone(page);
    await page.evaluate(() => window.baton?.relay.giveLease());
    await page.getByText("You have the keyboard").waitFor();
    await page.keyboard.type("z");
    await typedIs(page, "xjz");
  });

  it("asks before a key or the palette cancels a run", async () => {
    const page = await openRun();
    await page.locator(".row.selected").focus();
    await page.keyboard.press("x");
    await page.getByRole("heading", { name: "Cancel “Bakery landing page”?" }).waitFor();
    await button(page, "Keep it").click();
    await page.locator("dialog").waitFor({ state: "detached" });
    assert.equal(await calls(page, "cancelRun"), 0);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("cancel this");
    await page.keyboard.press("Enter");
    await button(page, "Cancel the run").click();
    await button(page, "Cancelling…").waitFor();
    assert.equal(await calls(page, "cancelRun"), 1);
  });

  it("ends with the run: no buttons, no frame, no cursor, no focus", async () => {
    const page = await openRun();
    await takeKeyboard(page);
    const cursor = () =>
      page.evaluate(() => {
        const cell = document.querySelector(".xterm-cursor");
        const frame = document.querySelector(".terminal-frame");
        if (!frame) return "";
        const shown = cell ? getComputedStyle(cell) : undefined;
        const background = getComputedStyle(document.querySelector(".xterm-viewport") ?? frame).backgroundColor;
        const isSeen =
          shown && (shown.outlineStyle !== "none" || ![background, "rgba(0, 0, 0, 0)"].includes(shown.backgroundColor));
        return `${isSeen ? "cursor" : "none"} ${getComputedStyle(frame).boxShadow === "none" ? "none" : "frame"}`;
      });
    assert.equal(await cursor(), "cursor frame");
    await page.evaluate((id) => {
      const run = window.baton?.world.runs.find((each) => each.id === id);
      if (!run) return;
      const ended = {
        ...run,
        rev: run.rev + 1,
        status: "ended",
        end: "exited",
        exitCode: 0,
        endedAt: Date.now(),
      } as const;
      window.baton?.relay.change({ runs: [ended] });
    }, page.url().split("/").at(-1) as RunId);
    await page.getByText("The run is over: done.").waitFor();
    assert.equal(await page.getByRole("button", { name: /Fit to my window|Give back|Take the keyboard/ }).count(), 0);
    await page.waitForFunction(() => !document.activeElement?.classList.contains("xterm-helper-textarea"));
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
    assert.equal(await cursor(), "none none");
    await page.keyboard.type("q");
    assert.equal(await page.evaluate(() => window.baton?.relay.typed.length), 0);
  });
});
