import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { skipBecause } from "#test/support/skip";
import type { FixtureRequest } from "./fixture/page";
import { type Look, type OpenPage, openFixture } from "./fixture-page";
import { type FixtureServer, startFixtureServer } from "./fixture-server";

/** Opens the dashboard on the fixture. */
export type OpenFixture = (path?: string, request?: FixtureRequest, look?: Look, zoom?: number) => Promise<Page>;

/** One browser for the tests of a `describe`, a page of its own for each, and no complaint in any. */
export function fixtureSuite(): OpenFixture {
  let browser: Browser;
  let server: FixtureServer;
  let open: OpenPage | undefined;

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    [browser, server] = await Promise.all([launchBrowser(), startFixtureServer()]);
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

  return async (path = "/", request = {}, look = "dark", zoom = 1) => {
    open = await openFixture(browser, server.url, { path, request, look, zoom });
    return open.page;
  };
}
