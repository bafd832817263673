import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { distFolder } from "#test/support/dist";
import { endKeepers } from "#test/support/keepers";
import { tempFolder } from "#test/support/temp";
import { needEditor, startEditor } from "#test/vscode/editor";
import { stageExtension } from "#test/vscode/stage";

const suiteLimitMs = 120_000;

describe("inside the editor's extension host", function () {
  this.timeout(suiteLimitMs + 60_000);

  it("passes the suite of test/vscode/host", async function () {
    await needEditor(this);
    using folder = tempFolder("baton-host");
    const workspace = folder.at("workspace");
    mkdirSync(workspace);
    const report = folder.at("report.json");
    const env = { BATON_HOST_REPORT: report, BATON_HOME: folder.at("home") };
    await using editor = await startEditor({ env, testDriver: true });
    const exited = deferred<number>();
    await editor.page.exposeFunction("codeAutomationLog", () => undefined);
    await editor.page.exposeFunction("codeAutomationExit", (code: number) => exited.resolve(code));
    await editor.open(workspace, [
      ["extensionDevelopmentPath", editor.uri(stageExtension(folder))],
      ["extensionTestsPath", editor.uri(join(distFolder, "host", "index.cjs"))],
      ["skipWelcome", "true"],
    ]);
    const code = await Promise.race([exited.promise, timeUp(suiteLimitMs)]);
    await editor.close();
    await endKeepers(folder.at("home"));
    check(report, code);
  });

  const desktop = process.env.BATON_VSCODE;
  if (desktop) {
    it(`passes it in the desktop editor too (${desktop})`, async () => {
      using folder = tempFolder("baton-host");
      const report = folder.at("report.json");
      mkdirSync(folder.at("workspace"));
      const { runTests } = await import("@vscode/test-electron");
      const code = await runTests({
        ...(isAbsolute(desktop) ? { vscodeExecutablePath: desktop } : { version: desktop }),
        extensionDevelopmentPath: stageExtension(folder),
        extensionTestsPath: join(distFolder, "host", "index.cjs"),
        extensionTestsEnv: { BATON_HOST_REPORT: report, BATON_HOME: folder.at("home") },
        launchArgs: [
          ...[folder.at("workspace"), "--disable-extensions", "--disable-workspace-trust"],
          `--user-data-dir=${folder.at("data")}`,
        ],
      });
      await endKeepers(folder.at("home"));
      check(report, code);
    });
  }

  const check = (report: string, code: number | string) => {
    assert.ok(existsSync(report), `no report; the suite ended with ${code}`);
    const results: { title: string; error?: string }[] = JSON.parse(readFileSync(report, "utf8"));
    const failed = results.filter((one) => one.error).map((one) => `${one.title}\n${one.error}`);
    assert.deepEqual(failed, []);
    assert.equal(code, 0);
    assert.ok(results.length >= 8, `only ${results.length} tests ran`);
  };
});

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const timeUp = (ms: number) => new Promise<string>((resolve) => setTimeout(resolve, ms, "the time limit").unref());
