import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { Runner } from "#protocol/documents";
import { fixtureSuite } from "./fixture-suite";

describe("what the composer starts with", function () {
  this.timeout(30_000);
  const start = fixtureSuite();
  const chip = (page: Page, name: "Runner" | "Agent" | "Mode" | "Access") => page.getByLabel(name, { exact: true });
  const chosen = (page: Page, name: "Runner" | "Access") =>
    page
      .locator(".chip", { has: page.getByLabel(name, { exact: true }) })
      .locator(".chip-text")
      .textContent();
  const choose = (page: Page, name: "Runner" | "Agent" | "Mode" | "Access", label: string) =>
    chip(page, name).selectOption({ label });
  const write = async (page: Page, text: string) => {
    await page.getByLabel("Prompt", { exact: true }).fill(text);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: text }).waitFor();
  };
  const queuedFolder = (page: Page) =>
    page.evaluate(() => {
      const { called = [], bodies = [] } = window.baton?.relay ?? {};
      return (bodies[called.indexOf("queuePrompt")] as { body: { folder?: string } }).body.folder;
    });
  /** Changes a runner by name, as the relay tells it. */
  const change = (page: Page, name: string, next: Partial<Runner>) =>
    page.evaluate(
      ([wanted, changes]) => {
        const runner = window.baton?.world.runners.find((each) => each.body.name === wanted);
        if (runner) window.baton?.relay.change({ runners: [{ ...runner, rev: runner.rev + 1, ...changes }] });
      },
      [name, next] as const,
    );
  const runnerIs = (page: Page, name: string) =>
    page.waitForFunction(
      (wanted) => document.querySelector(".chip[title=Runner] .chip-text")?.textContent === wanted,
      name,
    );

  it("never gives an agent the full access that another one has as its only level", async () => {
    const page = await start("/new");
    await choose(page, "Agent", "Shell");
    await page.locator(".chip.word[title=Access]", { hasText: "Full access" }).waitFor();
    await choose(page, "Agent", "Claude Code");
    assert.equal(await chosen(page, "Access"), "May edit");
    await choose(page, "Agent", "Shell");
    await write(page, "ls");
    await page.getByRole("button", { name: "New prompt", exact: true }).click();
    await choose(page, "Agent", "Claude Code");
    assert.equal(await chosen(page, "Access"), "May edit");
    await page.reload();
    await choose(page, "Agent", "Claude Code");
    assert.equal(await chosen(page, "Access"), "May edit");
  });

  it("keeps the access of each agent apart, and full access with what it was chosen for", async () => {
    const page = await start("/new");
    await choose(page, "Access", "Read only");
    await choose(page, "Agent", "Codex");
    assert.equal(await chosen(page, "Access"), "May edit");
    await choose(page, "Access", "Full access");
    await choose(page, "Agent", "Claude Code");
    assert.equal(await chosen(page, "Access"), "Read only");
    await choose(page, "Agent", "Codex");
    assert.equal(await chosen(page, "Access"), "May edit");
    await choose(page, "Access", "Full access");
    await choose(page, "Runner", "web");
    assert.equal(await chosen(page, "Access"), "May edit");
    await page.reload();
    await choose(page, "Agent", "Claude Code");
    assert.equal(await chosen(page, "Access"), "Read only");
  });

  it("takes the runner that was used last while it is online, else the newest online one", async () => {
    const page = await start("/new");
    await choose(page, "Runner", "web");
    await write(page, "Say hello");
    await page.goto(`${new URL(page.url()).origin}/new`);
    await runnerIs(page, "web");
    await change(page, "web", { reconnecting: true });
    await runnerIs(page, "api-server");
    const row = page.locator(".side-runners .row", { hasText: "web" });
    await row.getByText("reconnecting").waitFor();
    assert.equal(await row.locator(".dot").getAttribute("class"), "dot quiet");
    await change(page, "infra", { state: "online", pairedAt: Date.now() });
    await runnerIs(page, "infra");
  });

  it("starts with the runner of the run that is shown", async () => {
    const page = await start();
    for (const [title, runner] of [
      ["Bakery landing page", "web"],
      ["Fix the flaky login test", "api-server"],
    ] as const) {
      await page.locator(".row", { hasText: title }).first().click();
      await page.getByRole("button", { name: "New prompt", exact: true }).click();
      await runnerIs(page, runner);
    }
  });

  it("keeps the runner of what is being written, and says when it can only start later", async () => {
    const page = await start("/new");
    await page.getByLabel("Prompt", { exact: true }).fill("Half a thought");
    await runnerIs(page, "api-server");
    await change(page, "api-server", { state: "away", lastSeenAt: Date.now() - 190_000 });
    await page.getByText("Queued until api-server is back (seen 3 min ago)").waitFor();
    await runnerIs(page, "api-server (away)");
    await choose(page, "Runner", "web");
    await page.getByText("Queued until").waitFor({ state: "detached" });
  });

  it("says below a run whose runner is away that a follow-up has to wait", async () => {
    const page = await start();
    await page.locator(".row", { hasText: "Plan the bucket migration" }).click();
    await page.getByText("Queued until infra is back (seen 2 h ago)").waitFor();
  });

  it("takes no follow-up below a run whose agent keeps no session: it would wait, and then be declined", async () => {
    const page = await start();
    await page.locator(".row", { hasText: "Bakery landing page" }).click();
    await page.getByLabel("Prompt", { exact: true }).waitFor();
    await page.evaluate(() => {
      const web = window.baton?.world.runners.find((each) => each.body.name === "web");
      if (!web?.report) throw new Error("there is no such runner");
      const agents = web.report.agents.map((agent) => ({ ...agent, resumes: agent.id !== "codex" }));
      window.baton?.relay.change({ runners: [{ ...web, rev: web.rev + 1, report: { ...web.report, agents } }] });
    });
    await page.getByText("Codex keeps no session, so nothing can follow this run.").waitFor();
    assert.equal(await page.getByLabel("Prompt", { exact: true }).count(), 0);
    await page.evaluate(() => {
      const run = window.baton?.world.runs.find((each) => each.body.title === "Bakery landing page");
      if (!run) throw new Error("there is no such run");
      const body = { ...run.body, cwd: `${run.body.cwd}/bakery` };
      window.baton?.relay.change({ runs: [{ ...run, rev: run.rev + 1, body }] });
    });
    await page.getByRole("button", { name: "New prompt in its folder" }).click();
    await page.getByLabel("Prompt", { exact: true }).fill("Add the opening hours");
    await page.locator(".chip", { hasText: "bakery" }).waitFor();
    await page.getByRole("button", { name: "Queue", exact: true }).click();
    await page.waitForFunction(() => window.baton?.relay.called.includes("queuePrompt"));
    assert.equal(await queuedFolder(page), "bakery");
  });

  it("has no composer below a dev server, which nothing can follow, and says of which folder it is", async () => {
    const page = await start();
    await page.locator(".row", { hasText: "Bakery landing page" }).click();
    await page.getByLabel("Prompt", { exact: true }).waitFor();
    await page.evaluate(() => {
      const run = window.baton?.world.runs.find((each) => each.body.title === "Bakery landing page");
      if (!run) throw new Error("there is no such run");
      const body = { ...run.body, cwd: `${run.body.cwd}/sites/bakery` };
      window.baton?.relay.change({ runs: [{ ...run, rev: run.rev + 1, agent: "dev-server", body }] });
    });
    await page.locator(".composer").waitFor({ state: "detached" });
    await page.locator(".row-sub", { hasText: "sites/bakery" }).waitFor();
  });
});
