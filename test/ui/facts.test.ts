import assert from "node:assert/strict";
import { fixtureSuite } from "./fixture-suite";

describe("what the dashboard says of runs, runners and devices", function () {
  this.timeout(30_000);
  const start = fixtureSuite();

  it("names the signal that ended a run, and counts it as no success", async () => {
    const page = await start();
    const row = page.locator(".row", { hasText: "Watch the tests" });
    await row.getByText("ended by SIGINT").last().waitFor();
    assert.equal(await row.locator(".ok").count(), 0);
    await row.click();
    await page.locator(".pill.quiet", { hasText: "ended by SIGINT" }).waitFor();
    await page.getByRole("tab", { name: "Details" }).click();
    const facts = (await page.locator(".facts").textContent()) ?? "";
    assert.equal(facts.split("SIGINT").length, 2);
    assert.doesNotMatch(facts, /done|Exit code/);
  });

  it("says in one line what the editor found before and after, and in the details more", async () => {
    const page = await start();
    await page.locator(".row", { hasText: "Explain the cache invalidation" }).click();
    await page.locator(".run-header .evidence").getByText("3 errors → 0, 4 files, +120 −31, tests passed").waitFor();
    await page.getByRole("tab", { name: "Details" }).click();
    const facts = page.getByRole("region", { name: "Evidence" });
    await facts.getByText("4 files, +120 −31").waitFor();
    await facts.getByText("1 passed, 0 failed").waitFor();
  });

  it("says whose yes a prompt waits for, and where it is asked", async () => {
    const page = await start();
    const row = page.locator(".row", { hasText: "Translate the help pages" });
    await row.getByText("waits for your yes in the editor on ana-laptop").waitFor();
    await row.click();
    await page.getByText("The question stands in the editor on ana-laptop").waitFor();
    await page.evaluate(() => {
      const prompt = window.baton?.world.prompts.find((each) => each.state === "waiting");
      const web = window.baton?.world.runners.find((each) => each.body.name === "web");
      if (!prompt || !web) return;
      const { editor: _, ...body } = web.body;
      window.baton?.relay.change({
        runners: [{ ...web, rev: 2, body }],
        prompts: [{ ...prompt, rev: prompt.rev + 1, claimedBy: web.id }],
      });
    });
    await row.getByText("waits for Ben’s yes in the terminal on ben-laptop").waitFor();
  });

  it("takes the link for another device away once it was used", async () => {
    const page = await start("/team");
    await page.getByRole("button", { name: "Link for another device" }).click();
    await page.getByLabel("Sign-in link", { exact: true }).waitFor();
    await page.evaluate(() => window.baton?.relay.linkUsed());
    await page.getByText("“Chrome on Android” is signed in now.").waitFor();
    await page.getByLabel("Sign-in link", { exact: true }).waitFor({ state: "detached" });
    await page.locator(".table li", { hasText: "Chrome on Android" }).waitFor();
  });

  it("shows an invitation as a code for a phone's camera, and takes it away once it was used", async () => {
    const page = await start("/team");
    await page.getByRole("button", { name: "Make an invitation link" }).click();
    const code = page.getByRole("img", { name: "QR code of the invitation link" });
    await code.waitFor();
    assert.ok(await code.evaluate((image: HTMLImageElement) => image.naturalWidth > 0));
    await page.evaluate(() => window.baton?.relay.linkUsed());
    await page.getByText("The invitation was used or withdrawn.").waitFor();
    await code.waitFor({ state: "detached" });
    await page.getByLabel("Invitation link", { exact: true }).waitFor({ state: "detached" });
  });

  it("shows no code of a link that a phone cannot reach, and says so", async () => {
    const page = await start("/team");
    await page.getByRole("button", { name: "Link for another device" }).click();
    await page.getByLabel("Sign-in link", { exact: true }).waitFor();
    await page.getByText("It opens on this computer alone").waitFor();
    assert.equal(await page.getByRole("img", { name: "QR code of the sign-in link" }).count(), 0);
  });

  it("shows the device of a connected runner as connected", async () => {
    const page = await start("/team");
    await page.locator(".table li", { hasText: "api-server" }).getByText("runner · connected now").waitFor();
  });

  it("counts the work of a runner by its runs, as they are now", async () => {
    const page = await start("/runners");
    const card = page.locator(".runner", { hasText: "web" }).first();
    await card.getByText("1 running").waitFor();
    await page.evaluate(() => {
      const run = window.baton?.world.runs.find((each) => each.body.title === "Bakery landing page");
      if (run) window.baton?.relay.change({ runs: [{ ...run, rev: 9, status: "ended", end: "exited", exitCode: 0 }] });
    });
    await card.getByText("nothing running").waitFor();
  });
});
