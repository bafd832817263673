import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { skipBecause } from "#test/support/skip";
import { type Look, looks, openFixture } from "./fixture-page";
import { type FixtureServer, startFixtureServer } from "./fixture-server";
import { type Screen, screens } from "./screens";

const axePath = createRequire(join(process.cwd(), "package.json")).resolve("axe-core/axe.min.js");
const pictures = join(distFolder, "pictures");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
/** `npm run` of one picture: `BATON_SCREEN=terminal`. */
const only = process.env.BATON_SCREEN?.split(",");

describe("every screen, in dark, light and on a phone", function () {
  this.timeout(60_000);
  let browser: Browser;
  let server: FixtureServer;

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    await mkdir(pictures, { recursive: true });
    [browser, server] = await Promise.all([launchBrowser(), startFixtureServer()]);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  for (const screen of screens.filter((each) => !only || only.includes(each.name))) {
    for (const look of looks) {
      if (look === "phone" && screen.wideOnly) continue;
      it(`${screen.name}, ${look}: axe finds nothing, nothing sticks out`, () => check(screen, look));
    }
  }

  async function check(screen: Screen, look: Look): Promise<void> {
    const { page, context, complaints } = await openFixture(browser, server.url, {
      path: screen.path ?? "/",
      look,
      request: screen.request ?? {},
    });
    try {
      await page.locator(screen.ready).first().waitFor();
      await screen.steps?.(page, look === "phone");
      await page.screenshot({ path: join(pictures, `${screen.name}-${look}.png`) });
      assert.deepEqual(await axe(page, screen.within ?? "body"), []);
      assert.deepEqual(await stickingOut(page), []);
      if (look === "phone") assert.deepEqual(await smallTargets(page), []);
      assert.deepEqual(complaints, []);
    } finally {
      await context.close();
    }
  }
});

interface AxeWindow {
  readonly axe: {
    run(
      context: unknown,
      options: unknown,
    ): Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
  };
}

async function axe(page: Page, within: string): Promise<string[]> {
  await page.evaluate(await readFile(axePath, "utf8"));
  return await page.evaluate(
    async ({ values, within }) => {
      // What a program draws in its terminal has the program's colours.
      const { violations } = await (window as unknown as AxeWindow).axe.run(
        { include: [[within]], exclude: [[".xterm-rows"], [".xterm-helpers"]] },
        { runOnly: { type: "tag", values } },
      );
      return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.split("\n")[1] ?? ""}`),
      );
    },
    { values: tags, within },
  );
}

/** Whether something makes the page itself scroll sideways. */
async function stickingOut(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    const scrolls = (element: Element) => element.closest(".terminal-frame, .xterm, .sr-only, .skip-link") !== null;
    return [...document.querySelectorAll("body *")]
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && box.height > 0 && box.right > wide + 1 && !scrolls(element);
      })
      .map((element) => element.outerHTML.slice(0, 160));
  });
}

/** Targets under 40 px on a phone, texts in a row of text apart. */
async function smallTargets(page: Page): Promise<string[]> {
  return await page.evaluate(() => {
    const all = document.querySelectorAll("button, a, select, input:not([type=checkbox], [type=radio]), textarea");
    return [...all]
      .filter((element) => {
        if (element.closest(".xterm, .sr-only, .skip-link, .connection") || element.closest(".chip")) return false;
        const box = element.getBoundingClientRect();
        return box.width > 0 && box.height > 0 && box.height < 39.5;
      })
      .map((element) => `${Math.round(element.getBoundingClientRect().height)} px: ${element.outerHTML.slice(0, 140)}`);
  });
}
