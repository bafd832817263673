import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { RunId } from "#protocol/ids";
import { fixtureSuite } from "./fixture-suite";

describe("working with the dashboard", function () {
  this.timeout(30_000);
  const start = fixtureSuite();
  const openRun = async (page: Page, title: string): Promise<RunId> => {
    await page.locator(".row", { hasText: title }).first().click();
    await page.locator(".xterm-rows").waitFor();
    return page.url().split("/").at(-1) as RunId;
  };
  const output = (page: Page, runId: RunId, text: string) =>
    page.evaluate(([id, bytes]) => window.baton?.relay.output(id as RunId, bytes ?? ""), [runId, text]);
  const typed = (page: Page) => page.evaluate(() => (window.baton?.relay.typed ?? []).join(""));
  const sent = (page: Page, type: string) =>
    page.evaluate((wanted) => window.baton?.relay.received.filter((command) => command.type === wanted) ?? [], type);
  const screenHas = (page: Page, text: string) =>
    page.waitForFunction(
      (wanted) => (document.querySelector(".xterm-rows")?.textContent ?? "").replaceAll("\u00a0", " ").includes(wanted),
      text,
    );
  const takeKeyboard = async (page: Page) => {
    await page.getByRole("button", { name: "Take the keyboard" }).click();
    await page.getByText("You have the keyboard").waitFor();
  };
  /** Flushes what the terminal still has to draw. */
  const settled = (page: Page) =>
    page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(0))));

  it("goes everywhere by keyboard, with the focus in sight", async () => {
    const page = await start();
    await page.locator(".row").first().waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: "Fix the flaky login test" }).waitFor();
    await page.keyboard.press("j");
    await page.getByText("Did it start?").waitFor();
    await page.keyboard.press("k");
    await page.getByRole("heading", { name: "Fix the flaky login test" }).waitFor();
    const outline = await page.evaluate(() => {
      const focused = document.activeElement;
      return focused ? `${focused.className}|${getComputedStyle(focused).outlineStyle}` : "";
    });
    assert.equal(outline, "row selected|solid");
    await page.keyboard.press("/");
    await page.keyboard.type("bakery");
    await page.waitForFunction(() => document.querySelectorAll(".row[href]").length === 1);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.querySelectorAll(".row[href]").length > 5);
    await page.keyboard.press("?");
    await page.locator(".keys").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".keys").waitFor({ state: "detached" });
    await page.keyboard.press("Control+k");
    await page.keyboard.type("sett");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await page.keyboard.press("c");
    await page.waitForFunction(() => document.activeElement?.id === "composer");
    await page.keyboard.type("Shorten the README");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Shorten the README" }).waitFor();
  });

  it("types only what a person types: answers of the terminal itself stay here", async () => {
    const page = await start();
    const runId = await openRun(page, "Bakery landing page");
    await takeKeyboard(page);
    const questions = [
      "\u001b[c",
      "\u001b[0c",
      "\u001b[>c",
      "\u001b[=c",
      "\u001b[5n",
      "\u001b[6n",
      "\u001b[?6n",
      "\u001b[?25$p",
      "\u001b[4$p",
      "\u001b[>q",
      "\u001b[x",
      "\u001b[?u",
      "\u001b[18t",
      "\u001b[14t",
      "\u001bZ",
      "\u001bP$qm\u001b\\",
      "\u001bP+q544e\u001b\\",
      "\u001b]4;1;?\u0007",
      "\u001b]10;?\u0007",
      "\u001b]11;?\u001b\\",
      "\u001b]12;?\u0007",
      "\u001b[?1004h",
    ];
    await output(page, runId, `${questions.join("")}asked`);
    await screenHas(page, "asked");
    await page.locator("h1").click();
    await page.locator(".xterm-helper-textarea").focus();
    await page.keyboard.type("ls");
    await page.keyboard.press("Control+c");
    await page.keyboard.press("ArrowUp");
    await page.waitForFunction(() => (window.baton?.relay.typed.join("").length ?? 0) >= 6);
    assert.equal(await typed(page), "ls\u0003\u001b[A");
  });

  it("goes on after a program erased everything up to the last column of the last line", async () => {
    const page = await start();
    const runId = await openRun(page, "Bakery landing page");
    // Nothing was scrolled away yet, so there is no line below the last one.
    await output(page, runId, "kept no more\u001b[999;999H\u001b[1J\u001b[999;999H\u001b[?1J\u001b[Herased");
    await screenHas(page, "erased");
    assert.equal((await page.locator(".xterm-rows").textContent())?.includes("kept"), false);
  });

  it("sends nothing without the lease, and says it when the desk takes it back", async () => {
    const page = await start();
    const runId = await openRun(page, "Bakery landing page");
    await page.locator(".xterm-helper-textarea").focus();
    await page.keyboard.type("z");
    await takeKeyboard(page);
    await page.keyboard.type("a");
    await page.waitForFunction(() => window.baton?.relay.typed.length === 1);
    await page.evaluate((id) => window.baton?.relay.lease(id as RunId, "local"), runId);
    await page.getByText("Ana at the desk took the keyboard.").waitFor();
    await page.getByText("Ana is typing at the desk").waitFor();
    await page.keyboard.type("b");
    await settled(page);
    assert.equal(await typed(page), "a");
    assert.equal(await page.getByRole("button", { name: "Fit to my window" }).count(), 0);
  });

  it("resizes the run's terminal only when its holder asks, never by watching", async () => {
    const page = await start();
    await openRun(page, "Bakery landing page");
    await page.setViewportSize({ width: 900, height: 600 });
    await settled(page);
    assert.deepEqual(await sent(page, "run.resize"), []);
    await takeKeyboard(page);
    await page.getByRole("button", { name: "Fit to my window" }).click();
    const [resize] = await sent(page, "run.resize");
    assert.ok(resize?.type === "run.resize" && resize.size.cols > 40 && resize.size.cols < 100);
  });

  it("pauses following when scrolled up, and follows again by a button", async () => {
    const page = await start();
    const runId = await openRun(page, "Bakery landing page");
    await output(page, runId, Array.from({ length: 200 }, (_, index) => `line ${index}\r\n`).join(""));
    await screenHas(page, "line 199");
    await page.locator(".xterm-screen").hover();
    await page.mouse.wheel(0, -2_000);
    await page.getByRole("button", { name: "Follow" }).waitFor();
    await output(page, runId, "the newest line\r\n");
    await settled(page);
    assert.equal((await page.locator(".xterm-rows").textContent())?.includes("newest"), false);
    await page.getByRole("button", { name: "Follow" }).click();
    await screenHas(page, "the newest line");
    await page.getByRole("button", { name: "Follow" }).waitFor({ state: "detached" });
  });

  it("loads everything, once, in place of a snapshot", async () => {
    const page = await start("/", { trouble: { snapshotSeq: 31 } });
    await openRun(page, "Fix the flaky login test");
    await page.getByText(/Load everything/).click();
    await page.getByText(/Load everything/).waitFor({ state: "detached" });
    const watches = await sent(page, "run.watch");
    assert.deepEqual(
      watches.map((watch) => (watch.type === "run.watch" ? watch.afterSeq : -1)),
      [undefined, 0],
    );
    await screenHas(page, "Do you want to proceed?");
    const text = (await page.locator(".xterm-rows").textContent()) ?? "";
    assert.equal(text.split("Do you want to proceed?").length, 2);
  });

  it("keeps a run's terminal while another one is shown", async () => {
    const page = await start();
    const runId = await openRun(page, "Bakery landing page");
    await output(page, runId, "only here\r\n");
    await screenHas(page, "only here");
    await openRun(page, "Upgrade to Node 26");
    await openRun(page, "Bakery landing page");
    await screenHas(page, "only here");
    const watches = await sent(page, "run.watch");
    const again = watches.at(-1);
    assert.ok(again?.type === "run.watch" && (again.afterSeq ?? 0) >= 2);
  });

  it("goes on behind what was shown after a reconnect", async () => {
    const page = await start();
    const runId = await openRun(page, "Bakery landing page");
    await output(page, runId, "before\r\n");
    await screenHas(page, "before");
    await page.evaluate(() => window.baton?.relay.cut());
    await page
      .getByText(/^Reconnecting…$|^Offline\./)
      .first()
      .waitFor();
    await screenHas(page, "before");
    await page.evaluate(() => {
      window.baton?.relay.restore();
      window.dispatchEvent(new Event("online"));
    });
    await page.locator(".connection").waitFor({ state: "hidden" });
    await output(page, runId, "after\r\n");
    await screenHas(page, "after");
    const text = (await page.locator(".xterm-rows").textContent()) ?? "";
    assert.equal(text.split("before").length, 2);
  });

  it("keeps a draft over a reload", async () => {
    const page = await start("/new");
    await page.getByLabel("Prompt", { exact: true }).fill("half a thought");
    await page.reload();
    await page.waitForFunction(() => document.querySelector("textarea")?.value === "half a thought");
  });

  it("pages through 10,000 runs without drawing them all", async function () {
    this.timeout(90_000);
    const page = await start("/", { world: "many" });
    await page.locator(".row").first().waitFor();
    await page.waitForFunction(
      () => {
        const box = document.querySelector(".list");
        box?.scrollTo(0, box.scrollHeight);
        return [...document.querySelectorAll(".row-title")].some((title) => title.textContent === "Task number 1");
      },
      undefined,
      { polling: 50, timeout: 80_000 },
    );
    assert.ok((await page.locator(".row").count()) < 80);
  });

  it("moves, edits and cancels what waits in the queue", async () => {
    const page = await start();
    await page.locator(".row", { hasText: "Migrate the date helpers" }).click();
    await page.getByRole("button", { name: "Earlier" }).click();
    await page.getByRole("button", { name: "Later" }).waitFor();
    await page.waitForFunction(() => {
      const rows = [...document.querySelectorAll(".row")].map((row) => row.textContent ?? "");
      return rows.findIndex((row) => row.includes("Migrate")) < rows.findIndex((row) => row.includes("Then update"));
    });
    await page.locator(".row", { hasText: "Then update the changelog" }).click();
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Text of the prompt").fill("Update the changelog and the README");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "Update the changelog and the README" }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator(".pill", { hasText: "cancelled" }).waitFor();
  });

  it("fits at 200 % zoom", async () => {
    const page = await start("/", {}, "dark", 2);
    await page.locator(".row, .composer-box").first().waitFor();
    const sticksOut = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    );
    assert.equal(sticksOut, false);
  });
});
