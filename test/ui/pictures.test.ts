import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { skipBecause } from "#test/support/skip";
import { axe, stickingOut } from "./checks";
import { type Look, looks, openFixture } from "./fixture-page";
import { type FixtureServer, startFixtureServer } from "./fixture-server";
import { type Screen, screens } from "./screens";

const pictures = join(distFolder, "pictures");
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
