import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { EndpointName } from "#protocol/api";
import { outboxSendsForMs } from "#sdk/caps";
import { fixtureSuite } from "./fixture-suite";

describe("prompts on the dashboard", function () {
  this.timeout(30_000);
  const start = fixtureSuite();
  const openRow = (page: Page, title: string) => page.locator(".row", { hasText: title }).first().click();
  const calls = (page: Page, name: EndpointName) =>
    page.evaluate((wanted) => window.baton?.relay.called.filter((called) => called === wanted).length, name);
  const write = async (page: Page, text: string) => {
    await page.getByLabel("Prompt", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
  };
  const access = (page: Page) => page.getByLabel("Access", { exact: true });

  for (const [button, endpoint, state] of [
    ["Start again", "restartPrompt", "queued"],
    ["Forget", "forgetPrompt", "lost"],
  ] as const) {
    it(`asks the relay once for “${button}”, also by a double click`, async () => {
      const page = await start();
      await openRow(page, "Rotate the staging certificates");
      await page.getByRole("button", { name: button }).dblclick();
      await page.locator(".prompt-page .pill", { hasText: state }).waitFor();
      assert.equal(await calls(page, endpoint), 1);
      assert.equal(await page.locator(".notice").count(), 0);
    });
  }

  it("offers a member only what the relay would take from them", async () => {
    const page = await start("/", { role: "prompter" });
    await openRow(page, "Rotate the staging certificates");
    await page.getByText("Its author or an approver can start it again").waitFor();
    assert.equal(await page.getByRole("button", { name: /Start again|Forget/ }).count(), 0);
    await openRow(page, "Migrate the date helpers");
    await page.getByRole("heading", { name: "Migrate the date helpers" }).waitFor();
    assert.equal(await page.locator(".prompt-page .actions button").count(), 0);
    await openRow(page, "Then update the changelog");
    await page.getByRole("button", { name: "Edit" }).waitFor();
    await openRow(page, "Bakery landing page");
    await page.getByRole("heading", { name: "Bakery landing page" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Cancel", exact: true }).count(), 0);
  });

  it("shows a prompt as it is written, whatever is hidden in it", async () => {
    const page = await start();
    await page.evaluate(() => {
      const prompt = window.baton?.world.prompts.find((each) => each.state === "queued");
      if (!prompt) throw new Error("there is no such prompt");
      const body = { ...prompt.body, text: "open \u202egnp.exe\u202c\u0007" };
      window.baton?.relay.change({ prompts: [{ ...prompt, rev: prompt.rev + 1, body }] });
    });
    await openRow(page, "open gnp.exe");
    await page.getByRole("heading", { name: "open gnp.exe" }).waitFor();
    assert.equal(await page.locator(".prompt-text").innerText(), "open ·gnp.exe··");
  });

  it("lets an approver move the prompt of somebody else, but not rewrite it", async () => {
    const page = await start("/", { role: "approver" });
    await openRow(page, "Migrate the date helpers");
    await page.getByRole("button", { name: "Earlier" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Edit" }).count(), 0);
  });

  it("offers to cancel a run only while its runner and the relay can be reached", async () => {
    const page = await start();
    await openRow(page, "Plan the bucket migration");
    await page.getByText("it can be cancelled when the runner is back").waitFor();
    assert.equal(await page.getByRole("button", { name: "Cancel" }).count(), 0);
    await openRow(page, "Bakery landing page");
    const cancel = page.getByRole("button", { name: "Cancel", exact: true });
    assert.equal(await cancel.isEnabled(), true);
    await page.evaluate(() => window.baton?.relay.cut());
    await page.waitForFunction(() => document.querySelector<HTMLButtonElement>(".button.cancel")?.disabled === true);
    await page.keyboard.press("Escape");
    await page.keyboard.press("x");
    assert.equal(await calls(page, "cancelRun"), 0);
    await page.evaluate(() => {
      window.baton?.relay.restore();
      window.dispatchEvent(new Event("online"));
    });
    await cancel.dblclick();
    await page.getByRole("button", { name: "Cancelling…" }).waitFor();
    assert.equal(await calls(page, "cancelRun"), 1);
  });

  it("says once why a prompt was declined", async () => {
    const page = await start();
    await openRow(page, "Deploy the landing page");
    await page.locator(".prompt-page .error-text").waitFor();
    const text = (await page.locator(".prompt-page").textContent()) ?? "";
    assert.equal(text.split("is not allowed on this runner").length, 2);
  });

  it("shows what was queued where it stands, without a message beside it", async () => {
    const page = await start();
    await openRow(page, "Bakery landing page");
    await write(page, "Now the contact page");
    await page.locator(".queued-behind", { hasText: "Now the contact page" }).waitFor();
    await page.locator(".row", { hasText: "Now the contact page" }).waitFor();
    assert.equal(await page.locator(".notice").count(), 0);
  });

  it("gives full access to one prompt, and falls back to “May edit” for the next and after a reload", async () => {
    const page = await start("/new");
    await access(page).selectOption({ label: "Full access" });
    await write(page, "Tear down the test stack");
    await page.getByRole("heading", { name: "Tear down the test stack" }).waitFor();
    await page.getByText("· Full access ·").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("c");
    await page.waitForFunction(
      () => document.querySelector<HTMLSelectElement>("[aria-label=Access]")?.value === "edit",
    );
    await access(page).selectOption({ label: "Full access" });
    await page.reload();
    await page.waitForFunction(
      () => document.querySelector<HTMLSelectElement>("[aria-label=Access]")?.value === "edit",
    );
    await access(page).selectOption({ label: "Read only" });
    await page.reload();
    await page.waitForFunction(
      () => document.querySelector<HTMLSelectElement>("[aria-label=Access]")?.value === "read",
    );
  });

  it("asks before it queues what was kept here for longer than the relay remembers", async () => {
    const page = await start("/", { trouble: { unreachable: true } });
    await page.getByText("The relay does not answer").waitFor();
    await page.evaluate((ageMs) => {
      const world = window.baton?.world;
      const target = { runnerId: world?.runners[0]?.id };
      const request = { target, agent: "claude", body: { text: "Written on the train" } };
      const kept = JSON.stringify({ createdAt: Date.now() - ageMs, request });
      localStorage.setItem(`baton.outbox.${world?.me.id}.0123456789abcdef`, kept);
      window.baton?.relay.restore();
    }, outboxSendsForMs);
    await page.getByRole("button", { name: "Try again" }).click();
    const row = page.locator(".row.outbox", { hasText: "Written on the train" });
    await row.getByText("maybe queued before").waitFor();
    assert.equal(await calls(page, "queuePrompt"), 0);
    await row.getByRole("button", { name: "Queue it now" }).click();
    await page.getByRole("heading", { name: "Written on the train" }).waitFor();
    assert.equal(await calls(page, "queuePrompt"), 1);
  });
});
