import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import type { Run } from "#protocol/documents";
import type { RunId } from "#protocol/ids";
import { testedAgents } from "#test/agents/environment";
import { agentFaces } from "#test/e2e/agent-faces";
import { type AgentStack, startAgentStack } from "#test/e2e/agent-stack";
import { browserPath, launchBrowser } from "#test/support/browser";
import { type Dashboard, openDashboard } from "#test/support/dashboard";
import { commandOf, processesWithEnvironment } from "#test/support/processes";
import { replayedText } from "#test/support/replayed-text";
import { skipBecause } from "#test/support/skip";
import { until } from "#test/support/until";

/** Set by the keeper on everything that a run starts. */
const runMarker = "BATON_RUN_MARKER";
const longWords = 200;
/** What programs paint dim may have half of the contrast that everything else has. */
const minContrast = 2.2;

describe("real agents, from the dashboard in a real browser", function () {
  this.timeout(60_000);
  let browser: Browser;
  let stack: AgentStack;
  let dashboard: Dashboard;

  before(async function () {
    this.timeout(15 * 60_000);
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    try {
      stack = await startAgentStack();
    } catch (error) {
      skipBecause(this, `the agent CLIs could not be installed: ${String(error)}`);
    }
    browser = await launchBrowser();
  });

  after(async function () {
    this.timeout(60_000);
    await browser?.close();
    assert.deepEqual((await stack?.stop()) ?? [], []);
  });

  afterEach(async function () {
    if (this.currentTest?.state === "failed")
      await dashboard?.picture(`failed-${this.currentTest.fullTitle().replaceAll(/\W+/g, "-").slice(-60)}`);
    assert.deepEqual(dashboard?.complaints() ?? [], []);
  });

  it("signs in with the printed link, and finds the agents of a runner that was paired since", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-GB" });
    dashboard = await openDashboard(context, stack.relay().url);
    await dashboard.signIn(stack.relay().link ?? "");
    await dashboard.page.getByRole("heading", { name: "Connect a first runner" }).waitFor();
    await dashboard.picture("no-runner");
    await stack.startRunner();
    await dashboard.page.getByRole("heading", { name: "What should be done?" }).waitFor();
    const offered = await dashboard.page.getByLabel("Agent", { exact: true }).locator("option").allTextContents();
    for (const agent of testedAgents) assert.ok(offered.includes(agentFaces[agent].name), offered.join());
  });

  for (const agent of testedAgents) {
    const face = agentFaces[agent];
    describe(face.name, () => {
      it("writes hello.txt in a run of its own, seen live, and goes on with it when it is told more", async () => {
        const text = `write hello from ${agent}`;
        const runId = await dashboard.queue(text, { agent: face.name, mode: "once", access: "edit" });
        await dashboard.shows(`done: ${text}`, 40_000);
        await dashboard.runIs("done");
        assert.equal(await dashboard.detail("Exit code"), "0");
        assert.match(await dashboard.detail("Command"), new RegExp(`^${agent} (?!.*agent-view)`));
        assert.equal(takeHello(), `${text}\n`);
        await dashboard.picture(`${agent}-once`);
        await checkComplete(runId);

        const from = stack.model.requests().length;
        await dashboard.followUp(`say more of ${agent}`);
        await dashboard.open(`say more of ${agent}`);
        await dashboard.shows(`done: say more of ${agent}`, 40_000);
        await dashboard.runIs("done");
        const asked = stack.model.requests().slice(from);
        const seen = asked.find((request) => request.prompt === `say more of ${agent}`);
        assert.deepEqual(seen?.userTexts, [text, `say more of ${agent}`]);
        assert.equal((await readRun(dashboard.runId())).threadId, (await readRun(runId)).threadId);
      });

      it("works in its own TUI, typed to from the page, and leaves by its own command", async () => {
        const runId = await dashboard.queue(`say ${agent} begins`, { agent: face.name, mode: "interactive" });
        await dashboard.shows(`done: say ${agent} begins`, 40_000);
        await dashboard.shows(face.ready);
        await dashboard.takeKeyboard();
        await submit(`write typed to ${agent}`);
        await dashboard.shows(`done: write typed to ${agent}`, 20_000);
        assert.equal(takeHello(), `write typed to ${agent}\n`);
        await dashboard.picture(`${agent}-tui`);
        const palest = await dashboard.palestWords();
        assert.ok(palest.contrast > minContrast, `hard to read: ${JSON.stringify(palest)}`);
        await submit(face.leave);
        await dashboard.runIs("done", 20_000);
        assert.equal(await dashboard.detail("Exit code"), "0");
        assert.deepEqual(processesWithEnvironment(runMarker, runId), []);
      });

      it("is cancelled during a tool by a member, and leaves nothing running", async () => {
        const choices = { agent: face.name, mode: "once", access: "full" } as const;
        const runId = await dashboard.queue("run sleep 300", choices);
        await until("the tool runs", async () => toolsOf(runId).length > 0 || undefined, 40_000);
        // Our own ways of starting a program are not for the agent's tools to know.
        assert.deepEqual(processesWithEnvironment("ELECTRON_RUN_AS_NODE", "1").filter(isToolOf(runId)), []);
        await dashboard.picture(`${agent}-tool`);
        await dashboard.page.getByRole("button", { name: "Cancel", exact: true }).click();
        await dashboard.runIs("cancelled", 30_000);
        assert.match(await dashboard.detail("State"), /cancelled .*by you/s);
        const { memberId, cancelledBy, end } = await readRun(runId);
        assert.deepEqual([end, cancelledBy], ["cancelled", memberId]);
        assert.deepEqual(processesWithEnvironment(runMarker, runId).map(commandOf), []);
        await dashboard.picture(`${agent}-cancelled`);
      });

      it("is watched on in the same page after the relay was killed and started again", async () => {
        await dashboard.page.evaluate(() => Object.assign(window, { sameDocument: true }));
        const runId = await dashboard.queue(`long story of ${agent}`, { agent: face.name, mode: "once" });
        if (face.streams) await dashboard.shows(/word20 /, 40_000);
        else await until("the model speaks", async () => isAsked(`long story of ${agent}`) || undefined, 40_000);
        await stack.killRelay();
        try {
          await dashboard.page.locator(".connection", { hasText: /Reconnecting|Offline/ }).waitFor();
          await dashboard.picture(`${agent}-reconnecting`);
        } finally {
          await stack.startRelay();
        }
        await dashboard.shows(`word${longWords - 1}`, 40_000);
        await dashboard.runIs("done", 20_000);
        assert.equal(await dashboard.page.evaluate(() => "sameDocument" in window), true);
        const text = await checkComplete(runId);
        const words = [...text.matchAll(/word(\d+)/g)].map((match) => Number(match[1]));
        assert.deepEqual(
          words,
          Array.from({ length: longWords }, (_, index) => index),
        );
        await dashboard.picture(`${agent}-after-restart`);
      });
    });
  }

  /** Types a line and sends it off when the TUI has taken all of it. */
  async function submit(line: string): Promise<void> {
    await dashboard.type(line);
    await dashboard.shows(line);
    await dashboard.press("Enter");
  }

  const isAsked = (prompt: string) => stack.model.requests().some((request) => request.prompt === prompt);

  const toolsOf = (runId: RunId) =>
    processesWithEnvironment(runMarker, runId).filter((pid) => commandOf(pid) === "sleep 300");
  const isToolOf = (runId: RunId) => (pid: number) => toolsOf(runId).includes(pid);

  /** hello.txt, which is gone afterwards. */
  function takeHello(): string | undefined {
    const file = join(stack.folder, "hello.txt");
    if (!existsSync(file)) return undefined;
    const text = readFileSync(file, "utf8");
    rmSync(file);
    return text;
  }

  const readRun = async (runId: RunId): Promise<Run> =>
    (await dashboard.page.request.get(`${stack.relay().url}/api/runs/${runId}`)).json();

  /** The page shows what the log holds: nothing is missing, nothing is there twice. @returns it */
  async function checkComplete(runId: RunId): Promise<string> {
    const log = await (await dashboard.page.request.get(`${stack.relay().url}/api/runs/${runId}/log`)).body();
    const { size, outputBytes } = await readRun(runId);
    assert.equal(log.length, outputBytes);
    const text = await dashboard.copiedText();
    assert.equal(text, await replayedText(log, size ?? { cols: 100, rows: 30 }));
    return text;
  }
});
