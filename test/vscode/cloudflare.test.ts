import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { type CloudflaredDouble, installDouble } from "#test/support/cloudflared/double";
import { endKeepers } from "#test/support/keepers";
import { processGone } from "#test/support/processes";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import {
  activityTab,
  answerInput,
  notification,
  panelPage,
  passing,
  runCommand,
  statusItem,
} from "#test/vscode/workbench";

describe("Cloudflare in a real editor, with a test double of cloudflared in place of the network", function () {
  this.timeout(180_000);
  let temp: TempFolder;
  let double: CloudflaredDouble;
  let editor: Editor;
  let server: http.Server;
  let port: number;

  before(async function () {
    await needEditor(this);
    const vsix = packagedExtension();
    temp = tempFolder("bc");
    mkdirSync(temp.at("shop"));
    double = installDouble(temp.at("bin"));
    server = http.createServer((request, response) => response.end(`for ${request.headers.host}`));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
    editor = await startEditor({
      vsix,
      env: { BATON_HOME: temp.at("home") },
      settings: { "workbench.colorTheme": "Default Dark Modern", "baton.cloudflaredPath": double.binary },
    });
    await editor.open(temp.at("shop"));
    await statusItem(editor.page).waitFor({ timeout: 60_000 });
  });
  after(async () => {
    server?.closeAllConnections();
    server?.close();
    await editor?.close();
    if (temp) await endKeepers(temp.at("home"));
    for (const { pid } of double?.tunnels() ?? []) process.kill(pid, "SIGTERM");
    temp?.remove();
  });

  const dialog = () => editor.page.locator(".monaco-dialog-box");

  it("hosts a relay that the internet reaches, after its user has agreed", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Host a Relay Here");
    await page.locator(".quick-input-widget .monaco-list-row", { hasText: "The internet, through Cloudflare" }).click();
    await dialog().getByText("Anyone who has the address can reach the relay's sign-in page").waitFor();
    assert.equal(double.attempts(), 0, "nothing is public before that");
    await editor.picture("cloudflare-1-agree");
    await dialog().getByRole("button", { name: "Host It on the Internet" }).click();
    const tunnel = await double.tunnel();
    const panel = panelPage(page);
    await panel.getByRole("heading", { name: `Your relay serves at ${tunnel.url}` }).waitFor({ timeout: 60_000 });
    await panel.getByRole("img", { name: "QR code of the link" }).waitFor();
    assert.ok((await panel.locator(".link").innerText()).startsWith(`${tunnel.url}/#link=`));
    await editor.picture("cloudflare-2-hosted");
    await statusItem(page).filter({ hasText: "ready" }).waitFor({ timeout: 40_000 });
    assert.equal((await fetch(`http://127.0.0.1:${tunnel.port}/healthz`)).status, 200);
  });

  it("shows a port at a public address, after its user has agreed", async () => {
    const { page } = editor;
    const [relay] = double.tunnels();
    assert.ok(relay);
    await activityTab(page, "Baton").click();
    await page.locator(".pane-header").filter({ hasText: "Previews" }).click();
    await runCommand(page, "Baton: Show a Port to the Team");
    await answerInput(page, "Show a Port to the Team", String(port));
    const question = notification(page, "anyone who has the address can see the page");
    await question.waitFor();
    await editor.picture("cloudflare-3-port");
    assert.equal(double.tunnels().length, 1);
    await question.getByRole("button", { name: "Show Publicly" }).click();
    const tunnel = await double.tunnel([relay]);
    const answer = await fetch(`http://127.0.0.1:${tunnel.port}/`);
    assert.equal(await answer.text(), `for localhost:${port}`);
    const row = page.locator(".pane-body .monaco-list-row").filter({ hasText: `port ${port}` });
    await row.filter({ hasText: "public" }).waitFor();
    await editor.picture("cloudflare-4-shown");
    assert.equal(await page.getByText("Cloudflare tunnel to port").count(), 0, "it is shown as its preview");
    await page.reload();
    await row.waitFor({ timeout: 60_000 });
    assert.deepEqual(
      double
        .tunnels()
        .map(({ pid }) => pid)
        .sort(),
      [relay.pid, tunnel.pid].sort(),
      "a reload changes no address",
    );
    await row.hover();
    await row.getByRole("button", { name: "Stop Showing a Port" }).click();
    await passing(page, "is shown to nobody any more").waitFor();
    await processGone(tunnel.pid);
  });

  it("keeps the token of a tunnel of its user's own", async () => {
    const { page } = editor;
    await runCommand(page, "Baton: Set Cloudflare Tunnel Token");
    await answerInput(page, "The Name of Your Cloudflare Tunnel", "preview.example.com");
    const token = Buffer.from('{"a":"1","t":"2","s":"3"}').toString("base64");
    await answerInput(page, "The Token of preview.example.com", token);
    await passing(page, "are at preview.example.com").waitFor();
  });

  it("ends what is public with the relay", async () => {
    const { page } = editor;
    const [relay] = double.tunnels();
    assert.ok(relay);
    await runCommand(page, "Baton: Stop the Hosted Relay");
    await dialog().getByRole("button", { name: "Stop the Relay" }).click();
    await processGone(relay.pid);
    await until("nothing is public", async () => double.tunnels().length === 0 || undefined);
  });
});
