import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { freePort } from "#test/support/ports";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";

/** Its page says an error as soon as it is open. */
const program = `
  require("node:http").createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end("<!doctype html><head></head><h1>Bakery</h1><script>console.error('No bread')</script>");
  }).listen(Number(process.argv[2]), "127.0.0.1");`;

describe("a prompt about the page of a dev server", function () {
  this.timeout(60_000);
  let system: System;
  let browser: Browser;

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });

  it("works in the folder of that server", async () => {
    const text = `node server.cjs ${await freePort()}`;
    system = await startSystem({ shellLines: [text] });
    const [runner] = system.runners;
    const folder = join(runner?.folder ?? "", "bakery");
    mkdirSync(folder);
    writeFileSync(join(folder, "server.cjs"), program);
    const target = { runnerId: (await runner?.runnerId()) ?? "" };
    const started = await system.owner.client.call("queuePrompt", {
      body: { target, agent: "dev-server", mode: "interactive", access: "full", body: { text, folder: "bakery" } },
    });
    const page = await browser.newPage();
    await page.goto(((await system.owner.request("POST", "/api/links")) as { url: string }).url);
    await page.getByRole("region", { name: "Previews" }).getByRole("button").first().click();
    await page.getByRole("button", { name: /on this page/ }).click();
    await page.getByRole("button", { name: "Fix these" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.locator(".chip", { hasText: "bakery" }).waitFor();
    await dialog.getByRole("button", { name: "Queue", exact: true }).click();
    await page.getByText(/Queued for/).waitFor();
    const lists = await Promise.all(
      [{}, { state: "ended" as const }].map((query) => system.owner.client.call("listPrompts", { query })),
    );
    const asked = lists.flatMap(({ prompts }) => prompts).filter(({ id }) => id !== started.id);
    assert.deepEqual([...new Set(asked.map(({ body }) => body.folder))], ["bakery"]);
  });
});
