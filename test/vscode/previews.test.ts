import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { enterBy, visitPreview } from "#test/support/preview-visit";
import { until } from "#test/support/until";
import { type PairedEditor, startPairedEditor } from "#test/vscode/paired-editor";
import {
  activityTab,
  answerInput,
  choose,
  chooseInMenu,
  notification,
  passing,
  runCommand,
} from "#test/vscode/workbench";

describe("ports that a person shows from the editor", function () {
  this.timeout(120_000);
  let paired: PairedEditor;
  let server: http.Server;
  let port: number;

  before(async function () {
    this.timeout(300_000);
    server = http.createServer((_request, response) => response.end("shown"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
    paired = await startPairedEditor(this);
    await activityTab(paired.page, "Baton").click();
    await paired.page.locator(".pane-header").filter({ hasText: "Previews" }).click();
  });
  after(async () => {
    server?.closeAllConnections();
    server?.close();
    await paired?.close();
  });

  const row = () => paired.page.locator(".pane-body .monaco-list-row").filter({ hasText: `port ${port}` });
  const owner = () => paired.system.owner;
  const openPreviews = async () => (await owner().client.call("listPreviews")).previews;
  const answers = async () => {
    const [preview] = await openPreviews();
    assert.ok(preview);
    const visit = await visitPreview(owner(), preview.id);
    // The tunnel is made when there is something to be shown.
    return until("the port answers", async () => {
      const { status, text } = await visit.get("/");
      return (status === 200 && text === "shown") || undefined;
    });
  };

  it("are shown with a command, and listed", async () => {
    await paired.page.getByText("Nothing is shown that you have not chosen").waitFor();
    await paired.editor.picture("previews-1-welcome");
    await runCommand(paired.page, "Baton: Show a Port to the Team");
    await answerInput(paired.page, "Show a Port to the Team", String(port));
    await row().waitFor();
    await answers();
    await paired.editor.picture("previews-2-shown");
  });

  it("are shown again after a reload of the window", async () => {
    await paired.page.reload();
    await row().waitFor({ timeout: 60_000 });
    await answers();
  });

  it("are shared by a link that is copied, with whom and for as long as the person says", async () => {
    const { page, system, editor } = paired;
    await editor.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await runCommand(page, "Baton: Sign In");
    await answerInput(page, "Sign In", system.relay.url);
    const text = await notification(page, /Approve the code/).innerText();
    const [, code = ""] = /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(text) ?? [];
    await owner().request("POST", `/api/sign-ins/${code}/approve`, {});
    await passing(page, "you are signed in").waitFor();
    await chooseInMenu(page, row(), "Share Preview");
    await page.locator(".quick-input-widget .quick-input-title", { hasText: "with Whom?" }).waitFor();
    await editor.picture("previews-4-share");
    await choose(page, "with Whom?", "Anyone with the link");
    await choose(page, "For How Long?", "15 minutes");
    await passing(page, "the link to the preview was copied").waitFor();
    const url = await page.evaluate(() => navigator.clipboard.readText());
    const visit = await enterBy(system.relay.url, url);
    assert.equal((await visit.get("/")).text, "shown");
    const [preview] = await openPreviews();
    const { shares } = await owner().client.call("listShares", { params: { id: preview?.id ?? "" } });
    assert.deepEqual(
      shares.map(({ audience, views, expiresAt, createdAt }) => [audience, views, expiresAt - createdAt]),
      [["public", 1, 15 * 60_000]],
    );
  });

  it("are shown to nobody any more when their row is closed", async () => {
    await row().hover();
    await row().getByRole("button", { name: "Stop Showing a Port" }).click();
    await passing(paired.page, "is shown to nobody any more").waitFor();
    await row().waitFor({ state: "detached" });
    assert.deepEqual(await openPreviews(), []);
  });

  it("are asked about when somebody else wants to see one", async () => {
    const ask = () => owner().client.call("openPreview", { body: { runnerId: paired.runnerId, port, name: "Shop" } });
    const refused = assert.rejects(ask(), { code: "preview_refused" });
    const question = notification(paired.page, `wants to see what answers at port ${port}`);
    await question.waitFor();
    await paired.editor.picture("previews-3-question");
    await question.getByRole("button", { name: "Don't Show" }).click();
    await refused;
    const opened = ask();
    await question.getByRole("button", { name: "Show", exact: true }).click();
    assert.equal((await opened).body.name, "Shop");
    await answers();
  });
});
