import assert from "node:assert/strict";
import { join } from "node:path";
import { writeFiles } from "#test/runner/projects/workspace";
import { freePort, takePort } from "#test/support/ports";
import { until } from "#test/support/until";
import { type PairedEditor, startPairedEditor } from "#test/vscode/paired-editor";
import { activityTab, answerInput, runCommand } from "#test/vscode/workbench";

/** A server that says where it is by the environment, as those of Express usually are. */
const serverAt = (port: number) => `require("node:http")
  .createServer((request, response) => response.end("bread"))
  .listen(process.env.PORT || ${port}, "127.0.0.1");`;

describe("the projects of a folder in the editor", function () {
  this.timeout(120_000);
  let paired: PairedEditor;
  let port: number;

  before(async function () {
    this.timeout(300_000);
    paired = await startPairedEditor(this);
    port = await freePort();
    const manifest = { name: "bakery", scripts: { dev: "node server.js" }, dependencies: { express: "5" } };
    writeFiles(paired.workspace, { "web/package.json": manifest, "web/server.js": serverAt(port) });
    await activityTab(paired.page, "Baton").click();
    await paired.page.locator(".pane-header").filter({ hasText: "Previews" }).click();
  });
  after(() => paired?.close());

  const row = (name: string) => paired.page.locator(".pane-body .monaco-list-row").filter({ hasText: name });
  const quickInput = () => paired.page.locator(".quick-input-widget");
  const answers = (at: number) =>
    until(`the server answers at ${at}`, async () => {
      const answer = await fetch(`http://127.0.0.1:${at}/`).catch(() => undefined);
      return (await answer?.text()) === "bread" || undefined;
    });
  const runs = async () => (await paired.system.owner.client.call("listRuns", { query: {} })).runs;

  it("stand in the view, also those that come later", async () => {
    await row("bakery").filter({ hasText: "Express · npm · web" }).waitFor({ timeout: 60_000 });
    writeFiles(paired.workspace, { "leaflet/index.html": "" });
    await row("leaflet").filter({ hasText: "static pages · leaflet" }).waitFor({ timeout: 60_000 });
    await paired.editor.picture("projects-1-view");
  });

  it("are started from their row, at a port that is free", async () => {
    const taken = await takePort(port);
    try {
      await row("bakery").hover();
      await row("bakery").getByRole("button", { name: "Start Dev Server" }).click();
      await quickInput().locator(".quick-input-title", { hasText: "Start bakery" }).waitFor();
      assert.equal(await quickInput().locator("input").first().inputValue(), "npm run dev");
      await paired.editor.picture("projects-2-command");
      await paired.page.keyboard.press("Enter");
      const question = quickInput().locator(".quick-input-title", { hasText: `Port ${port} is taken` });
      await question.waitFor();
      await paired.editor.picture("projects-3-taken");
      const offered = quickInput().locator(".monaco-list-row").filter({ hasText: "Use port" });
      const [, free] = /Use port (\d+)/.exec(await offered.innerText()) ?? [];
      assert.ok(Number(free) > port);
      await offered.click();
      await answers(Number(free));
      const [run] = await runs();
      assert.equal(run?.body.cwd, join(paired.workspace, "web"));
      assert.equal(run?.agent, "dev-server");
      const server = row(`ready at ${free}`);
      await server.waitFor();
      // What the team is shown of it stands below it, and not beside it.
      await row(`port ${free}`).waitFor();
      assert.equal(await server.getAttribute("aria-level"), "1");
      assert.equal(await row(`port ${free}`).getAttribute("aria-level"), "2");
      await paired.editor.picture("projects-4-server");
    } finally {
      await taken.release();
    }
  });

  it("are started by a command, with another command line", async () => {
    await runCommand(paired.page, "Baton: Start Dev Server");
    await quickInput().locator(".monaco-list-row").filter({ hasText: "bakery" }).click();
    await answerInput(paired.page, "Start bakery", "node server.js");
    await answers(port);
    assert.deepEqual((await runs()).map(({ body }) => body.title).sort(), ["node server.js", "npm run dev"]);
  });
});
