import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Page, Request } from "playwright-core";
import { type WebSocket, WebSocketServer } from "ws";
import { endKeepers } from "#test/support/keepers";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { connectAndSignIn } from "#test/vscode/connect";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import { activityTab, answerInput, panelPage, runCommand, statusItem, workbenchSaved } from "#test/vscode/workbench";

const html = `<!doctype html><html><head><link rel="icon" href="data:,"><title>Bakery</title></head><body>
  <h1>Fresh bread</h1><p></p><script>
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/hot");
    socket.onmessage = ({ data }) => { document.querySelector("p").textContent = data; };
    console.error("no flour is left");
  </script></body></html>`;

describe("the panel of a preview in the editor", function () {
  this.timeout(180_000);
  let system: System;
  let editor: Editor;
  let page: Page;
  let server: http.Server;
  let port: number;
  const sockets = new Set<WebSocket>();

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    server = http.createServer((_request, response) => response.setHeader("Content-Type", "text/html").end(html));
    new WebSocketServer({ server, path: "/hot" }).on("connection", (socket) => {
      sockets.add(socket);
      socket.send("hot");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
    system = await startSystem({ runners: 0 });
    const workspace = system.temp.at("bakery");
    mkdirSync(workspace);
    editor = await startEditor({
      vsix,
      env: { BATON_HOME: system.temp.at("home") },
      settings: { "workbench.colorTheme": "Default Dark Modern", "baton.policy": "ask" },
    });
    page = editor.page;
    await editor.open(workspace);
    await statusItem(page).waitFor({ timeout: 60_000 });
    await activityTab(page, "Baton").click();
    await connectAndSignIn(system, page);
    await statusItem(page).filter({ hasText: "ready" }).waitFor();
    await page.locator(".pane-header").filter({ hasText: "Previews" }).click();
    await runCommand(page, "Baton: Show a Port to the Team");
    await answerInput(page, "Show a Port to the Team", String(port));
    await row().waitFor();
  });
  after(async () => {
    await editor?.close();
    server?.closeAllConnections();
    server?.close();
    if (system) await endKeepers(system.temp.at("home"));
    if (system) assert.deepEqual(await system.stop(), []);
  });

  const row = () => page.locator(".pane-body .monaco-list-row").filter({ hasText: `port ${port}` });
  const panel = () => panelPage(page);
  const shown = () => panel().frameLocator(".preview-stage iframe");
  /** A window that is loaded again on a busy machine has started its extensions after half a minute. */
  const isHot = (text: string) => shown().getByText(text, { exact: true }).waitFor({ timeout: 60_000 });

  it("shows the page through the relay, with its socket", async () => {
    await row().click();
    await shown().getByRole("heading", { name: "Fresh bread" }).waitFor({ timeout: 30_000 });
    await isHot("hot");
    for (const socket of sockets) socket.send("fresh and hot");
    await isHot("fresh and hot");
    await until(
      "the address is there",
      async () => (await panel().getByLabel("Address").inputValue()) === "/" || undefined,
    );
    await page.locator(".tab.active", { hasText: "bakery" }).waitFor();
    await editor.picture("preview-panel-1-dark");
  });

  it("makes a prompt of its errors, for the runner that serves it", async () => {
    await panel().getByRole("button", { name: "1 error on this page" }).click();
    await panel().locator(".page-errors").getByText("no flour is left").waitFor();
    await panel().getByRole("button", { name: "Fix these" }).click();
    const prompt = panel().getByRole("dialog").getByLabel("Prompt", { exact: true });
    assert.match(await prompt.inputValue(), /^Fix this error of the page "\/"[\s\S]*no flour is left/);
    await editor.picture("preview-panel-2-fix");
    await panel().getByRole("button", { name: "Close" }).click();
  });

  it("takes a picture of the page for a prompt, and queues it", async () => {
    await panel().getByRole("button", { name: "Ask about a picture of this page" }).click();
    const dialog = panel().getByRole("dialog");
    await dialog.getByRole("listitem").locator("img").waitFor();
    await dialog.getByLabel("Agent").selectOption({ label: "Echo" });
    await dialog.getByLabel("Prompt", { exact: true }).fill("Bake more");
    await editor.picture("preview-panel-3-picture");
    await dialog.getByRole("button", { name: "Queue", exact: true }).click();
    await panel()
      .getByText(/Queued for bakery/)
      .waitFor();
    // It is worked on at once, and then stands among the runs.
    const { body } = await until("it is queued, or worked on", async () => {
      const { client } = system.owner;
      const [open] = (await client.call("listPrompts", { query: {} })).prompts;
      const [run] = (await client.call("listRuns", { query: {} })).runs.filter(({ agent }) => agent === "echo");
      const id = open?.id ?? run?.promptId;
      return id && client.call("readPrompt", { params: { id } });
    });
    assert.deepEqual([body.text, body.attachments?.map(({ name }) => name)], ["Bake more", ["page.png"]]);
  });

  it("is there again after the window was reloaded, and in the light", async () => {
    await workbenchSaved(page, "baton.openedPanels", "mainThreadWebview-baton.preview", "previewId");
    const scripts: string[] = [];
    const note = (request: Request) => {
      if (request.url().endsWith("/dist/panel/panel.js")) scripts.push(request.url());
    };
    page.on("request", note);
    await page.reload();
    await page.locator(".tab", { hasText: "bakery" }).click();
    await isHot("hot");
    page.off("request", note);
    assert.equal(scripts.length, 1, "one page was made for it, and none before who is signed in was known");
    const ground = () =>
      panel()
        .locator("body")
        .evaluate((body) => getComputedStyle(body).backgroundColor);
    const dark = await ground();
    await runCommand(page, "Preferences: Toggle between Light/Dark Themes");
    await until("the ground is light", async () => (await ground()) !== dark || undefined);
    await editor.picture("preview-panel-4-light");
  });

  it("says so when the port is shown no more", async () => {
    await panel().getByRole("button", { name: "More" }).click();
    await panel().getByRole("menuitem", { name: "Stop showing this port…" }).click();
    await panel().getByRole("button", { name: "Stop showing it" }).click();
    await panel().getByText("This preview is closed").waitFor();
    await editor.picture("preview-panel-5-closed");
  });
});
