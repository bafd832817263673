import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Prompt } from "#protocol/documents";
import { agentEnvironment } from "#test/agents/environment";
import { type ScriptedModel, startScriptedModel } from "#test/agents/scripted-model";
import { agentFaces } from "#test/e2e/agent-faces";
import { agentHome } from "#test/e2e/agent-stack";
import { endKeepers } from "#test/support/keepers";
import { skipBecause } from "#test/support/skip";
import { runEnded, type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { type Editor, needEditor, startEditor } from "#test/vscode/editor";
import { packagedExtension } from "#test/vscode/packaged";
import {
  answerInput,
  notification,
  runCommand,
  statusItem,
  terminalRows,
  typeInTerminal,
} from "#test/vscode/workbench";
import { installAgents } from "../agents/install.mjs";

describe("a real agent in a terminal of a real editor", function () {
  this.timeout(180_000);
  let system: System;
  let editor: Editor;
  let model: ScriptedModel;
  let home: string;
  let workspace: string;
  let runnerId: string;

  before(async function () {
    this.timeout(15 * 60_000);
    await needEditor(this);
    const { binDir } = await installAgents().catch((error: unknown) =>
      skipBecause(this, `the agent CLIs could not be installed: ${String(error)}`),
    );
    const vsix = packagedExtension();
    model = await startScriptedModel({ delayMs: 12 });
    system = await startSystem({ runners: 0 });
    workspace = system.temp.at("api-server");
    mkdirSync(workspace);
    home = agentHome(binDir);
    const { env } = agentEnvironment("claude", { home, modelUrl: model.url, cwd: workspace });
    editor = await startEditor({ vsix, env: { ...env, BATON_HOME: system.temp.at("home"), SHELL: "/bin/bash" } });
    await editor.open(workspace);
    runnerId = await pair();
  });

  after(async () => {
    await editor?.close();
    if (system) await endKeepers(system.temp.at("home"));
    if (system) assert.deepEqual(await system.stop(), []);
    await model?.close();
    if (home) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const face = agentFaces.claude;

  async function pair(): Promise<string> {
    const { page } = editor;
    await statusItem(page).waitFor({ timeout: 60_000 });
    await runCommand(page, "Baton: Connect to a Relay");
    await answerInput(page, "Connect to a Relay", system.relay.url);
    const text = await notification(page, /Approve the code/).innerText();
    const [, code = ""] = /code ([A-Z0-9]{4}-[A-Z0-9]{4})/.exec(text) ?? [];
    const runner = (await system.owner.request("POST", `/api/pairings/${code}/approve`, {})) as { id: string };
    await statusItem(page).filter({ hasText: "ready" }).waitFor();
    await page.locator(".part.activitybar").getByRole("tab", { name: "Baton", exact: true }).click();
    await until("the relay knows the agent", async () => {
      const { runners } = await system.owner.client.call("listRunners");
      return runners[0]?.report?.agents.find(({ id, available }) => id === "claude" && available);
    });
    return runner.id;
  }

  const start = async (text: string, mode: "once" | "interactive"): Promise<{ prompt: Prompt; runId: string }> => {
    const prompt = await system.owner.client.call("queuePrompt", {
      body: { target: { runnerId }, agent: "claude", mode, access: "edit", body: { text } },
    });
    await notification(editor.page, new RegExp(text)).getByRole("button", { name: "Run", exact: true }).click();
    const runId = await until("the prompt has a run", async () => {
      const { runId: id } = await system.owner.client.call("readPrompt", { params: { id: prompt.id } });
      return id;
    });
    return { prompt, runId };
  };
  const hello = () => {
    const path = join(workspace, "hello.txt");
    if (!existsSync(path)) return undefined;
    const text = readFileSync(path, "utf8");
    rmSync(path);
    return text;
  };
  const shows = (text: string | RegExp) =>
    terminalRows(editor.page).filter({ hasText: text }).waitFor({ timeout: 40_000 });

  it("works on a prompt and ends, seen live", async () => {
    const { runId } = await start("write hello from the desk", "once");
    await shows("done: write hello from the desk");
    assert.equal((await runEnded(system.owner, runId)).exitCode, 0);
    await shows("exit code 0");
    assert.equal(hello(), "write hello from the desk\n");
    await editor.picture("agent-once");
  });

  it("shows its own interface, takes keys at the desk, and leaves by its own command", async () => {
    const { runId } = await start("say the desk begins", "interactive");
    await shows("done: say the desk begins");
    await shows(face.ready);
    await typeInTerminal(editor.page, "write typed at the desk");
    await shows("write typed at the desk");
    await editor.page.keyboard.press("Enter");
    await shows("done: write typed at the desk");
    assert.equal(hello(), "write typed at the desk\n");
    await shows(face.ready);
    await editor.picture("agent-view");
    await typeInTerminal(editor.page, face.leave);
    await shows(face.leave);
    await editor.page.keyboard.press("Enter");
    assert.equal((await runEnded(system.owner, runId)).exitCode, 0);
    await shows("exit code 0");
    await editor.picture("agent-left");
  });
});
