import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { freePort } from "#test/support/ports";
import { runEnded } from "#test/support/system";
import { until } from "#test/support/until";
import { type PairedEditor, startPairedEditor } from "#test/vscode/paired-editor";
import { activityTab, answerInput, choose, notification, passing, runCommand } from "#test/vscode/workbench";

describe("templates in the editor", function () {
  this.timeout(180_000);
  let paired: PairedEditor;
  /** Takes connections, and never says anything. */
  let silent: Server;

  before(async function () {
    this.timeout(300_000);
    silent = createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    paired = await startPairedEditor(this);
    await activityTab(paired.page, "Baton").click();
    // The one of the team makes room for the others.
    for (const view of ["Templates", "Previews", "Team"]) {
      await paired.page.locator(".pane-header").filter({ hasText: view }).click();
    }
  });
  after(async () => {
    silent?.close();
    await paired?.close();
  });

  const row = (text: string | RegExp) => paired.page.locator(".pane-body .monaco-list-row").filter({ hasText: text });
  const at = (...path: string[]) => join(paired.workspace, ...path);
  const runs = async () => (await paired.system.owner.client.call("listRuns", { query: {} })).runs;
  const dialog = () => paired.page.locator(".monaco-dialog-box");
  const isAt = (path: string) => until(`${path} is there`, async () => existsSync(path) || undefined);
  const accept = async (title: string) => {
    await paired.page.locator(".quick-input-widget .quick-input-title", { hasText: title }).waitFor();
    await paired.page.keyboard.press("Enter");
  };
  /** Up to the moment where something is placed, or asked about. */
  const newProject = async (template: string, folder: string, title: string) => {
    await runCommand(paired.page, "Baton: New Project from Template");
    await choose(paired.page, "New Project from Template", template);
    await choose(paired.page, `Where is ${template} placed?`, "New folder in");
    await answerInput(paired.page, `New folder for ${template}`, folder);
    await accept("Name of the package (1 of 2)");
    await answerInput(paired.page, "Title, as people read it (2 of 2)", title);
  };

  it("are listed in a view of their own", async () => {
    for (const name of [
      "React + Vite",
      "Static site",
      "Express API",
      "Python scripts",
      "Empty repository",
      "From Git",
    ]) {
      await row(name).waitFor();
    }
    await row("Static site").hover();
    await row("Static site").getByRole("button", { name: "Build from Template" }).waitFor();
    await paired.editor.picture("templates-1-view");
  });

  it("become a project, whose server is started, shown as a row, restarted and stopped", async () => {
    await newProject("Static site", "bakery", "Fresh Bread");
    await isAt(at("bakery", "index.html"));
    assert.match(readFileSync(at("bakery", "index.html"), "utf8"), /Fresh Bread/);
    assert.ok(existsSync(at("bakery", ".git", "HEAD")));
    const done = notification(paired.page, "Static site is in bakery");
    await done.waitFor();
    await paired.editor.picture("templates-2-placed");
    await done.getByRole("button", { name: "Start Dev Server" }).click();
    const port = await freePort();
    await answerInput(paired.page, "Start ", `PORT=${port} npm start`);
    const server = row("bakery").filter({ hasText: `ready at ${port}` });
    await server.waitFor({ timeout: 60_000 });
    await paired.editor.picture("templates-3-server");
    const [first] = await runs();
    assert.deepEqual([first?.agent, first?.server?.restarts], ["dev-server", false]);

    // Its preview is a row of its own, which comes a moment later and moves the rows.
    await row("bakery")
      .filter({ hasText: `port ${port}` })
      .waitFor();
    await server.hover();
    await server.getByRole("button", { name: "Restart Dev Server" }).click();
    const again = await until("it is another run", async () => {
      const found = (await runs()).find(({ id, status }) => id !== first?.id && status === "running");
      return found && (found.ports ?? []).some(({ state }) => state === "ready") ? found : undefined;
    });
    assert.deepEqual(
      [again.threadId, again.server?.replaces, again.body.cwd, again.body.prompt],
      [first?.threadId, first?.id, at("bakery"), first?.body.prompt],
    );
    await server.waitFor();
    await runCommand(paired.page, "Baton: Stop Dev Server");
    assert.equal((await runEnded(paired.system.owner, again.id)).end, "cancelled");
    await server.waitFor({ state: "detached" });
  });

  it("are placed over files only behind a list of what would change", async () => {
    mkdirSync(at("shop"));
    writeFileSync(at("shop", "README.md"), "mine");
    writeFileSync(at("shop", "notes.txt"), "mine, too");
    await newProject("Empty repository", "shop", "Shop");
    await dialog().filter({ hasText: "README.md" }).waitFor();
    await paired.editor.picture("templates-4-over-files");
    await dialog().getByRole("button", { name: "Cancel" }).click();
    await dialog().waitFor({ state: "detached" });
    assert.deepEqual(readdirSync(at("shop")).sort(), ["README.md", "notes.txt"]);
    assert.equal(readFileSync(at("shop", "README.md"), "utf8"), "mine");
    await newProject("Empty repository", "shop", "Shop");
    await dialog().getByRole("button", { name: "Replace 1 file" }).click();
    await isAt(at("shop", ".gitignore"));
    assert.match(readFileSync(at("shop", "README.md"), "utf8"), /Shop/);
    assert.equal(readFileSync(at("shop", "notes.txt"), "utf8"), "mine, too");
  });

  it("from Git can be cancelled while they are fetched, and leave nothing", async () => {
    const { port } = silent.address() as { port: number };
    const before = readdirSync(paired.workspace);
    await row("From Git").click();
    await answerInput(paired.page, "Template from Git", `https://127.0.0.1:${port}/owner/name#main:app`);
    const fetching = notification(paired.page, "Fetching https://127.0.0.1");
    await fetching.waitFor();
    await paired.editor.picture("templates-5-fetching");
    await fetching.getByRole("button", { name: "Cancel" }).click();
    await passing(paired.page, "placing the template was cancelled").waitFor();
    assert.deepEqual(readdirSync(paired.workspace), before);
  });

  it("are made ready by a command that is shown before it runs", async () => {
    await newProject("Express API", "api", "Api");
    const question = notification(paired.page, "Make it ready?");
    await question.waitFor();
    assert.ok(!existsSync(at("api", "node_modules")));
    await paired.editor.picture("templates-6-make-ready");
    await question.getByRole("button", { name: "Run “npm install”" }).click();
    await notification(paired.page, "api can be worked on").waitFor({ timeout: 120_000 });
    assert.ok(existsSync(at("api", "node_modules", "express")));
    await paired.editor.picture("templates-7-ready");
  });

  it("are built from by an agent, whose server is started when it is done", async () => {
    await runCommand(paired.page, "Baton: Build from Template");
    await choose(paired.page, "Build from Template", "Static site");
    await answerInput(paired.page, "New folder for Static site", "leaflet");
    await answerInput(paired.page, "Build leaflet", "echo '<h1>Built bread</h1>' > index.html");
    await choose(paired.page, "Build with which agent?", "Shell");
    await choose(paired.page, "How may Shell work?", "Once");
    await paired.page.locator(".quick-input-widget", { hasText: "Start the server when the agent is done" }).waitFor();
    await paired.editor.picture("templates-8-build");
    await accept("Beside the agent's work");
    await choose(paired.page, "Who sees this run?", "The team");
    const built = await until("it is built", async () => (await runs()).find(({ build }) => build !== undefined));
    const ended = await runEnded(paired.system.owner, built.id);
    assert.deepEqual([ended.exitCode, ended.body.cwd, ended.build?.start], [0, at("leaflet"), true]);
    assert.equal(readFileSync(at("leaflet", "index.html"), "utf8").trim(), "<h1>Built bread</h1>");
    await row("leaflet").filter({ hasText: "ready at" }).waitFor({ timeout: 60_000 });
    await paired.editor.picture("templates-9-built");
    const server = (await runs()).find(({ threadId, agent }) => threadId === built.threadId && agent === "dev-server");
    await paired.system.end(server?.id ?? "");
  });
});
