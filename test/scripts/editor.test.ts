import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Context } from "mocha";
import { launchBrowser } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { signIn } from "#test/support/people";
import { runProcess, startProcess, type TestProcess } from "#test/support/processes";
import { startRelayProcess } from "#test/support/relay";
import { processesIn } from "#test/support/system";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { needEditor } from "#test/vscode/editor";
import { statusItem } from "#test/vscode/workbench";

const start = (folder: TempFolder, env: NodeJS.ProcessEnv, ...args: string[]): TestProcess => {
  mkdirSync(folder.at("workspace"), { recursive: true });
  return startProcess(
    [process.execPath, "scripts/editor.mjs", "--no-open", "--workspace", folder.at("workspace"), ...args],
    {
      env: { BATON_HOME: folder.at("home"), ...env },
      detached: true,
    },
  );
};
const pressCtrlC = (running: TestProcess) => process.kill(-running.pid, "SIGINT");
const nothingIsLeft = (folder: TempFolder) =>
  assert.deepEqual([...processesIn(folder.path), ...processesIn(join(distFolder, "editor"))], []);

/** A program in the places of VS Code's own, which notes what it is told. */
function fakeCode(folder: TempFolder) {
  const said = folder.at("said.txt");
  const code = folder.at("app", "bin", "code");
  const note = `#!/bin/sh\necho "$0 BATON_RELAY_DATA=$BATON_RELAY_DATA $*" >> "${said}"\n`;
  mkdirSync(folder.at("app", "bin"), { recursive: true });
  writeFileSync(code, note);
  writeFileSync(folder.at("app", "code"), `${note}sleep 600\n`);
  for (const path of [code, folder.at("app", "code")]) chmodSync(path, 0o755);
  return { code, said };
}

describe("npm run editor", function () {
  this.timeout(180_000);

  it("opens an editor in the browser, connected, and leaves nothing behind at Ctrl-C", async function (this: Context) {
    await needEditor(this);
    using folder = tempFolder("be");
    await using running = start(folder, {}, "--browser");
    const url = await running.line((line) => /Editor +(http:\S+)/.exec(line)?.[1], 120_000);
    const password = await running.line((line) => /Password +(\S+)/.exec(line)?.[1]);
    const link = await running.line((line) => /(http:\S+#link=\S+)/.exec(line)?.[1]);
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(url);
      await page.locator("input[type=password]").fill(password);
      await page.keyboard.press("Enter");
      await statusItem(page).filter({ hasText: "ready" }).waitFor({ timeout: 60_000 });
      const owner = await signIn(new URL(link).origin, link);
      const { runners } = await owner.client.call("listRunners");
      assert.deepEqual(
        runners.map(({ body, state }) => [body.folder, state]),
        [[folder.at("workspace"), "online"]],
      );
      const body = {
        target: { runnerId: runners[0]?.id ?? "" },
        agent: "echo",
        mode: "interactive" as const,
        body: { text: "stay" },
      };
      const prompt = await owner.client.call("queuePrompt", { body });
      await page.locator(".notification-toast").getByRole("button", { name: "Run", exact: true }).click();
      await until(
        "the run is there",
        async () => (await owner.client.call("readPrompt", { params: { id: prompt.id } })).runId,
      );
    } finally {
      await browser.close();
    }
    pressCtrlC(running);
    assert.equal((await running.exited).code, 0);
    nothingIsLeft(folder);
  });

  it("opens the VS Code that is found, with a profile of its own, and ends it at Ctrl-C", async function (this: Context) {
    if (process.platform === "win32") this.skip();
    using folder = tempFolder("be");
    const { code, said } = fakeCode(folder);
    await using running = start(folder, { BATON_CODE: code });
    await running.line((line) => (line.includes("Ctrl-C") ? true : undefined), 120_000);
    const lines = await until("both were started", async () => {
      const text = readFileSync(said, "utf8").trim().split("\n");
      return text.length === 2 ? text : undefined;
    });
    const profile = `--user-data-dir ${join(distFolder, "editor", "data")} --extensions-dir `;
    assert.ok(
      lines.every((line) => line.includes(profile)),
      lines.join("\n"),
    );
    assert.match(lines[0] ?? "", /bin\/code .*--install-extension \S+baton\.vsix --force$/);
    assert.match(
      lines[1] ?? "",
      new RegExp(
        `BATON_RELAY_DATA=${folder.at("home")}\\S* .*--new-window --disable-workspace-trust ${folder.at("workspace")}`,
      ),
    );
    pressCtrlC(running);
    assert.equal((await running.exited).code, 0);
    nothingIsLeft(folder);
  });

  it("takes the relay that serves already, and leaves it there", async function (this: Context) {
    if (process.platform === "win32") this.skip();
    using folder = tempFolder("be");
    await using relay = await startRelayProcess();
    const { code } = fakeCode(folder);
    await using running = start(folder, { BATON_CODE: code, BATON_DATA: relay.dataFolder });
    assert.equal(await running.line((line) => /Dashboard +(\S+)/.exec(line)?.[1], 120_000), relay.url);
    pressCtrlC(running);
    assert.equal((await running.exited).code, 0);
    assert.equal((await fetch(`${relay.url}/healthz`)).ok, true);
  });

  it("says in one line what is wrong: a folder that is not there", async () => {
    const { code, stderr } = await runProcess([process.execPath, "scripts/editor.mjs", "--workspace", "/nowhere"]);
    assert.equal(stderr, "--workspace: /nowhere is no folder\n");
    assert.equal(code, 2);
  });
});
