import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { Locator, Page } from "playwright-core";
import { initialCreditBytes } from "#protocol/caps";
import type { Run } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import { toUtf8 } from "#protocol/json";
import { runEnded } from "#test/support/system";
import { until } from "#test/support/until";
import { type PairedEditor, startPairedEditor } from "#test/vscode/paired-editor";
import {
  activityTab,
  answerInput,
  choose,
  notification,
  runCommand,
  statusItem,
  terminalRows,
  typeInTerminal,
} from "#test/vscode/workbench";

describe("runs that are started by hand in the editor", function () {
  this.timeout(180_000);
  let paired: PairedEditor;

  before(async function () {
    this.timeout(300_000);
    paired = await startPairedEditor(this);
    await activityTab(paired.page, "Baton").click();
  });
  after(() => paired?.close());
  const runs = async (): Promise<readonly Run[]> =>
    (await paired.system.owner.client.call("listRuns", { query: {} })).runs;
  const titled = (title: string) =>
    until(`the relay has “${title}”`, async () => (await runs()).find((run) => run.body.title === title));
  const logOf = async (runId: RunId): Promise<string> => {
    const headers = { authorization: `Bearer ${paired.system.owner.token}` };
    const response = await fetch(`${paired.system.relay.url}/api/runs/${runId}/log`, { headers });
    return stripVTControlCharacters(await response.text());
  };
  const row = (page: Page, text: string | RegExp): Locator =>
    page.locator(".part.sidebar .monaco-list-row").filter({ hasText: text });
  const shows = (text: string | RegExp) => terminalRows(paired.page).filter({ hasText: text }).waitFor();
  const isDisconnected = (page: Page) =>
    statusItem(page)
      .filter({ has: page.locator(".codicon-debug-disconnect") })
      .waitFor();
  const newRun = async (text: string, visibility: "The team" | "Only you") => {
    const { page } = paired;
    await runCommand(page, "Baton: New Run");
    await choose(page, "Run which agent?", "Echo");
    await choose(page, "How may Echo work?", "Interactive");
    await answerInput(page, "Prompt for Echo", text);
    await choose(page, "Who sees this run?", visibility);
    await shows(text);
    await shows("echo>");
  };
  const typeFromAfar = async (runId: RunId, text: string) => {
    const viewer = await paired.system.owner.viewer();
    const watching = viewer.next("run.watching");
    viewer.send({ type: "run.watch", runId, creditBytes: initialCreditBytes });
    await watching;
    viewer.input(runId, await viewer.takeLease(runId), toUtf8(text));
    return viewer;
  };

  it("a team run is on the dashboard, by whom it is, and can be taken over there", async () => {
    await newRun("for everybody", "The team");
    const run = await titled("for everybody");
    assert.equal(run.memberId, paired.system.owner.memberId);
    assert.equal(run.mode, "interactive");
    const viewer = await typeFromAfar(run.id, "typed on a phone\r");
    await shows("typed on a phone");
    await paired.page
      .locator(".terminal-tabs-entry, .single-terminal-tab")
      .filter({ hasText: "Ana is typing" })
      .first()
      .waitFor();
    await paired.editor.picture("11-by-hand");
    viewer.close();
    await typeInTerminal(paired.page, "exit 4\n");
    assert.equal((await runEnded(paired.system.owner, run.id)).exitCode, 4);
    await shows("exit code 4");
  });

  it("shows the last screen of a finished run again", async () => {
    const { page } = paired;
    await runCommand(page, "Terminal: Kill the Active Terminal Instance");
    await row(page, /for everybody/).click();
    await shows("typed on a phone");
    await shows("exit code 4");
  });

  it("a local run is nowhere else until it is shared, then as a whole", async () => {
    const { page } = paired;
    await newRun("only for me", "Only you");
    await typeInTerminal(page, "before the share\n");
    await shows(/before the share[\s\S]*before the share/);
    await row(page, /only for me.*only here/).waitFor();
    // Whatever the relay was to be told of it is told in front of this.
    await newRun("in between", "The team");
    await titled("in between");
    assert.equal(
      (await runs()).some((run) => run.body.title === "only for me"),
      false,
    );

    await runCommand(page, "Baton: Share Run");
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Share the Run" }).click();
    const run = await titled("only for me");
    await until("all of it is there", async () => (await logOf(run.id)).includes("before the share") || undefined);
    await row(page, /only for me/).click();
    const viewer = await typeFromAfar(run.id, "after the share\r");
    await shows("after the share");
    viewer.close();
    await paired.editor.picture("12-shared");
  });

  it("asks about a run whose terminal was closed, which goes on meanwhile", async () => {
    const { page } = paired;
    const { id } = await titled("only for me");
    await runCommand(page, "Terminal: Kill the Active Terminal Instance");
    const question = notification(page, /“only for me” goes on without its terminal/);
    await question.getByRole("button", { name: "Show It Again" }).click();
    await shows("after the share");
    await runCommand(page, "Terminal: Kill the Active Terminal Instance");
    await question.getByRole("button", { name: "Cancel the Run" }).click();
    assert.equal((await runEnded(paired.system.owner, id)).end, "cancelled");
  });

  it("starts an agent from the terminal's own profiles, and says where one is not installed", async () => {
    const { page } = paired;
    const known = new Set((await runs()).map(({ id }) => id));
    const profile = async (title: string) => {
      await runCommand(page, "Create New Terminal (With Profile)");
      await choose(page, "", title);
    };
    await profile("Echo (Baton)");
    await shows(/^\s*echo>/);
    await typeInTerminal(page, "from a profile\n");
    await shows(/from a profile[\s\S]*from a profile/);
    const run = await until("the relay has it", async () => (await runs()).find(({ id }) => !known.has(id)));
    assert.deepEqual([run.body.title, run.mode, run.access], ["Echo", "interactive", "edit"]);
    await typeInTerminal(page, "exit\n");
    assert.equal((await runEnded(paired.system.owner, run.id)).exitCode, 0);
    await shows("exit code 0");
    await profile("Gemini CLI (Baton)");
    await shows("Gemini CLI is not installed here. Install it with");
    await paired.editor.picture("13-profile");
  });

  it("a second window on the folder takes over, and the first says so and offers itself", async () => {
    const { page, system, editor } = paired;
    const second = await editor.context.newPage();
    second.setDefaultTimeout(30_000);
    await second.goto(page.url());
    await statusItem(second).waitFor({ timeout: 60_000 });
    const notice = notification(page, /Another window or runner now serves this folder/);
    await notice.getByRole("button", { name: "Use This Window" }).waitFor({ timeout: 60_000 });
    await paired.editor.picture("14-taken-over");
    await isDisconnected(page);
    await notice.getByRole("button", { name: "Use This Window" }).click();
    await notification(second, /Another window or runner now serves this folder/).waitFor();
    await isDisconnected(second);
    const { runners } = await system.owner.client.call("listRunners");
    assert.deepEqual(
      runners.map(({ id, state }) => [id, state]),
      [[paired.runnerId, "online"]],
    );
    await second.close();
  });

  it("serves each folder of a window by a runner of its own", async () => {
    const { page, system } = paired;
    mkdirSync(system.temp.at("web"));
    const file = system.temp.at("two.code-workspace");
    writeFileSync(file, JSON.stringify({ folders: [{ path: "api-server" }, { path: "web" }] }));
    await page.goto(`${new URL(page.url()).origin}/?workspace=${encodeURI(file)}`);
    // On a machine under load the editor itself opens a workspace without its folders now and then.
    const explorer = page.locator(".explorer-folders-view, .part.sidebar").first();
    await explorer
      .getByText(/^(api-server|No Folder Opened)$/)
      .first()
      .waitFor({ timeout: 60_000 });
    if (await explorer.getByText("No Folder Opened").isVisible()) await page.reload();
    await statusItem(page)
      .filter({ hasText: /ready|running/ })
      .waitFor({ timeout: 60_000 });
    await runCommand(page, "Baton: New Run");
    await choose(page, "Run in which folder?", "web");
    await choose(page, "Run which agent?", "Echo");
    await choose(page, "How may Echo work?", "Interactive");
    await answerInput(page, "Prompt for Echo", "in the second folder");
    await shows("echo>");
    const prompt = await system.owner.client.call("queuePrompt", {
      body: {
        target: { runnerId: paired.runnerId },
        ...{ agent: "echo", mode: "once", access: "full", body: { text: "for the first folder" } },
      },
    });
    await notification(page, /for the first folder/)
      .getByRole("button", { name: "Run", exact: true })
      .click();
    await until("the prompt is done", async () => {
      const { state } = await system.owner.client.call("readPrompt", { params: { id: prompt.id } });
      return state === "done" || undefined;
    });
    assert.equal(
      (await runs()).some((run) => run.body.title === "in the second folder"),
      false,
    );
    await activityTab(page, "Baton").click();
    await row(page, /in the second folder.*only here/).waitFor();
    await paired.editor.picture("15-two-folders");
  });
});
