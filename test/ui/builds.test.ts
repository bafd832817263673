import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { RequestOf } from "#protocol/api";
import { folderNameOf } from "../../webview-ui/builds/folder-name";
import { fixtureSuite } from "./fixture-suite";

describe("a build from the dashboard", function () {
  this.timeout(30_000);
  const open = fixtureSuite();
  const queued = async (page: Page) => {
    const asked = await page.evaluate(() => {
      const { called = [], bodies = [] } = window.baton?.relay ?? {};
      return bodies[called.indexOf("queuePrompt")];
    });
    return asked as RequestOf<"queuePrompt">["body"];
  };

  it("begins with a template, what shall become of it, and a folder named after that", async () => {
    const page = await open("/new");
    await page.getByRole("button", { name: "Begin with a template" }).click();
    await page.getByRole("button", { name: /^React/ }).click();
    await page.getByLabel("What shall it become?").fill("A landing page for a bakery");
    assert.equal(await page.getByLabel("Folder").inputValue(), "landing-page-bakery");
    await page.getByLabel("Title, as people read it").fill("Bakery");
    await page.getByRole("button", { name: "Build it" }).click();
    await page.getByRole("heading", { name: "A landing page for a bakery" }).waitFor();
    const { body, access } = await queued(page);
    assert.notEqual(access, "full");
    assert.deepEqual(body, {
      text: "A landing page for a bakery",
      folder: "landing-page-bakery",
      build: {
        ...{
          template: { kind: "built-in", id: "react-vite" },
          name: "React + Vite",
          start: true,
          setUp: "npm install",
        },
        variables: { "project-title": "Bakery" },
      },
    });
  });

  it("leaves out what was not wanted, and keeps a folder that was typed", async () => {
    const page = await open("/build");
    await page.getByRole("button", { name: /^Shop/ }).click();
    await page.getByLabel("Folder").fill("shops/rye");
    await page.getByLabel("What shall it become?").fill("A shop for bread");
    await page.getByRole("checkbox", { name: /Run pnpm install/ }).uncheck();
    await page.getByRole("checkbox", { name: /Start it/ }).uncheck();
    await page.getByRole("button", { name: "Build it" }).click();
    await page.getByRole("heading", { name: "A shop for bread" }).waitFor();
    const { folder, build } = (await queued(page)).body;
    assert.equal(folder, "shops/rye");
    assert.deepEqual(
      [build?.setUp, build?.start, build?.template],
      [undefined, false, { kind: "git", repository: "acme/shop-template", ref: "v3" }],
    );
  });

  it("keeps what was written when the relay refuses it", async () => {
    const page = await open("/build", {
      trouble: { errors: { queuePrompt: { code: "queue_full", params: { max: 100 } } } },
    });
    await page.getByRole("button", { name: /^Static/ }).click();
    await page.getByLabel("What shall it become?").fill("A page");
    await page.getByRole("button", { name: "Build it" }).click();
    await page.getByText(/queue/i).last().waitFor();
    assert.equal(await page.getByLabel("What shall it become?").inputValue(), "A page");
  });

  it("that serves is restarted in its place, by whom it is a server of", async () => {
    const page = await open("/");
    const run = await page.evaluate(() => {
      const found = window.baton?.world.runs.find(({ status, body }) => status === "running" && body.prompt);
      const server = { restarts: true };
      if (found) window.baton?.relay.change({ runs: [{ ...found, rev: 9, agent: "dev-server", server }] });
      return found;
    });
    assert.ok(run);
    await page.locator(".row", { hasText: run.body.title }).first().click();
    await page.getByRole("button", { name: "Restart" }).click();
    await page.waitForURL(/prompts/);
    const { agent, threadId, body } = await queued(page);
    assert.deepEqual(
      [agent, threadId, body.text, body.folder],
      ["dev-server", run.threadId, run.body.prompt, run.body.cwd],
    );
    assert.deepEqual(body.server, { restarts: true, replaces: run.id });
  });

  it("whose port is taken is started at one that is free", async () => {
    const page = await open("/");
    const id = await page.evaluate(() => {
      const found = window.baton?.world.prompts[0];
      const reason = { code: "port_taken" as const, params: { port: 3000, by: "node (process 12)", free: 3001 } };
      const target = { runnerId: window.baton?.world.runners[0]?.id ?? "" };
      const ended = { state: "declined" as const, endedAt: Date.now(), reason, agent: "dev-server", target };
      if (found) window.baton?.relay.change({ prompts: [{ ...found, rev: 9, ...ended }] });
      return found?.id;
    });
    await page.evaluate((to) => {
      history.pushState(null, "", `/prompts/${to}`);
      dispatchEvent(new PopStateEvent("popstate"));
    }, id);
    await page.locator(".error-text", { hasText: "Port 3000 is taken by node (process 12)" }).waitFor();
    await page.getByRole("button", { name: "Start at port 3001" }).click();
    await page.waitForFunction(() => window.baton?.relay.called.includes("queuePrompt"));
    assert.equal((await queued(page)).body.server?.port, 3001);
  });

  for (const [text, name] of [
    ["A landing page for a bakery", "landing-page-bakery"],
    ["Crème brûlée!", "creme-brulee"],
    ["make me the", ""],
    ["../../etc/passwd", "etc-passwd"],
    ["パン屋", ""],
    ["x".repeat(200), "x".repeat(40)],
  ] as const) {
    it(`${JSON.stringify(text.slice(0, 40))} is made in ${JSON.stringify(name)}`, () => {
      assert.equal(folderNameOf(text), name);
    });
  }
});
