import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { RequestOf } from "#protocol/api";
import type { AgentInfo, Runner } from "#protocol/documents";
import { fixtureSuite } from "./fixture-suite";

describe("the projects of a runner on the dashboard", function () {
  this.timeout(30_000);
  const open = fixtureSuite();
  const starts = (page: Page) => page.locator(".projects").getByRole("button");
  const shown = async (page: Page) => {
    await page.locator(".projects li").first().waitFor();
    return page.locator(".projects li").allInnerTexts();
  };
  /** What the relay tells of the runner with projects, changed. */
  const change = (page: Page, changes: Partial<Runner>, agents?: readonly AgentInfo[]) =>
    page.evaluate(
      ([more, told]) => {
        const runner = window.baton?.world.runners.find(({ report }) => report?.projects);
        if (!runner?.report) throw new Error("no runner has projects");
        const report = { ...runner.report, ...(told && { agents: [...told] }) };
        window.baton?.relay.change({ runners: [{ ...runner, rev: runner.rev + 1, report, ...more }] });
      },
      [changes, agents] as const,
    );

  it("stand side by side, with what they are made with and where they are", async () => {
    const page = await open("/runners");
    const texts = (await shown(page)).map((text) => text.replace(/\s+/g, " ").trim());
    assert.deepEqual(texts, [
      "bakery Next.js · pnpm Start",
      "orders FastAPI · uv services/orders Start",
      "landing static pages campaigns/summer-of-rye-and-other-long-names/landing Start",
    ]);
  });

  it("are started by their command, or by another one, in their folder", async () => {
    const page = await open("/runners");
    await page.getByRole("button", { name: "Start orders" }).click();
    const dialog = page.getByRole("dialog", { name: "Start orders" });
    const command = dialog.getByLabel("Command");
    assert.equal(await command.inputValue(), "uv run python -m uvicorn main:app --reload");
    await dialog.getByText("services/orders on web, usually at port 8000").waitFor();
    await command.fill("   ");
    await page.keyboard.press("Enter");
    assert.equal(await dialog.isVisible(), true, "an empty line starts nothing");
    await dialog.getByLabel("Start it again when it ends with an error").check();
    await command.fill("uv run orders --reload");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "uv run orders --reload" }).waitFor();
    const asked = await page.evaluate(() => {
      const { called = [], bodies = [] } = window.baton?.relay ?? {};
      return bodies[called.indexOf("queuePrompt")];
    });
    const { target, ...request } = asked as RequestOf<"queuePrompt">["body"];
    assert.deepEqual(request, {
      agent: "dev-server",
      mode: "interactive",
      access: "full",
      body: { text: "uv run orders --reload", folder: "services/orders", server: { restarts: true } },
    });
    const runnerId = await page.evaluate(() => window.baton?.world.runners.find(({ body }) => body.name === "web")?.id);
    assert.deepEqual(target, { runnerId });
  });

  it("say what the relay refuses, and the line is kept", async () => {
    const errors = { queuePrompt: { code: "queue_full", params: { runner: "web", max: 100 } } };
    const page = await open("/runners", { trouble: { errors } });
    await starts(page).first().click();
    await page.getByRole("dialog").getByLabel("Command").fill("pnpm run other");
    await page.keyboard.press("Enter");
    await page.locator(".notice").waitFor();
    assert.equal(await page.getByRole("dialog").getByLabel("Command").inputValue(), "pnpm run other");
  });

  it("are shown without a start to who may not, and where nothing can start", async () => {
    const viewer = await open("/runners", { role: "viewer" });
    assert.equal((await shown(viewer)).length, 3);
    assert.equal(await starts(viewer).count(), 0);
  });

  for (const [why, changes, agents] of [
    ["the runner is away", { state: "away" }, undefined],
    ["it is another's alone", { promptedBy: [] }, undefined],
    ["it has no way to run a server", {}, []],
    [
      "its way to run a server is missing there",
      {},
      [{ id: "dev-server", name: "Dev server", available: false, modes: { interactive: ["full"] } }],
    ],
  ] as const) {
    it(`have no start where ${why}`, async () => {
      const page = await open("/runners");
      await starts(page).first().waitFor();
      await change(page, changes as Partial<Runner>, agents as readonly AgentInfo[] | undefined);
      await starts(page).first().waitFor({ state: "detached" });
      assert.equal((await shown(page)).length, 3);
    });
  }
});
