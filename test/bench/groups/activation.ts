import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createVSIX } from "@vscode/vsce";
import type { Page } from "playwright-core";
import { browserPath } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { type Editor, startEditor } from "#test/vscode/editor";
import { runCommand } from "#test/vscode/workbench";
import { codeServer } from "../../vscode/code-server.mjs";
import { atMost, type BenchGroup, forTheRecord } from "../row.ts";
import { percentile } from "../statistics.ts";

const windows = 7;
const emptyName = "an empty extension";
const activateLimitMs = 15;
const shownLimitMs = 60;

/** What the extension costs a window in which Baton was never used, by the packaged extension in a real host. */
export const activation: BenchGroup = {
  name: "activation",
  about: "what the extension costs an editor's start",
  async run(log) {
    const missing = await whyNot();
    if (missing !== undefined) {
      log(`skipped: ${missing}`);
      return [];
    }
    using folder = tempFolder("baton-activation");
    const report = folder.at("report.json");
    mkdirSync(folder.at("workspace"));
    const extension = stageMeasured(folder);
    const env = { BATON_HOME: folder.at("home"), BATON_ACTIVATION_REPORT: report };
    await using editor = await startEditor({ env, testDriver: true, vsix: await packEmpty(folder) });
    // The list of extensions draws only the rows that are in sight.
    await editor.page.setViewportSize({ width: 1280, height: 4_000 });
    const samples: Sample[] = [];
    for (let i = 0; i < windows; i++) samples.push(await measureWindow(editor, folder, extension, report));
    log(`${windows} windows`);
    const of = (name: keyof Sample, share: number) =>
      percentile(
        samples.map((sample) => sample[name]),
        share,
      );
    return [
      atMost(activateLimitMs, { name: "activate(), p50", value: of("activateMs", 0.5), unit: "ms" }),
      forTheRecord({ name: "activate(), slowest", value: of("activateMs", 1), unit: "ms" }),
      forTheRecord({ name: "reading the extension's file, p50", value: of("loadMs", 0.5), unit: "ms" }),
      atMost(shownLimitMs, {
        name: "Running Extensions shows, p50",
        value: of("shownMs", 0.5),
        unit: "ms",
        peer: { name: emptyName, value: of("emptyShownMs", 0.5) },
      }),
      forTheRecord({ name: "Running Extensions shows, slowest", value: of("shownMs", 1), unit: "ms" }),
    ];
  },
};

interface Sample {
  readonly loadMs: number;
  readonly activateMs: number;
  readonly shownMs: number;
  /** Of an extension that does nothing: what the host itself takes, on this machine and in this run. */
  readonly emptyShownMs: number;
}

async function whyNot(): Promise<string | undefined> {
  if (!(await browserPath())) return "there is no Chromium for the editor (BATON_CHROMIUM can name one)";
  try {
    codeServer();
    return undefined;
  } catch (error) {
    return `code-server could not be installed: ${error instanceof Error ? error.message : error}`;
  }
}

async function measureWindow(editor: Editor, folder: TempFolder, extension: string, report: string): Promise<Sample> {
  rmSync(report, { force: true });
  await editor.open(folder.at("workspace"), [["extensionDevelopmentPath", editor.uri(extension)]]);
  const measured = await until(
    "the extension is active",
    async () => (existsSync(report) ? readFileSync(report, "utf8") : undefined),
    60_000,
  );
  await runCommand(editor.page, "Developer: Show Running Extensions");
  const shownMs = await shownTime(editor.page, "Baton");
  return { ...JSON.parse(measured), shownMs, emptyShownMs: await shownTime(editor.page, emptyName) };
}

/** The time that the editor itself shows for an extension, in its list of running ones. */
async function shownTime(page: Page, name: string): Promise<number> {
  const row = page.locator(".runtime-extensions-editor .extension", { hasText: name }).first();
  const text = await row.locator(".activation-time").innerText();
  const [, ms] = /(\d+)\s*ms/.exec(text) ?? [];
  if (ms === undefined) throw new Error(`the editor shows no activation time: “${text}”`);
  return Number(ms);
}

/** The packaged extension behind an entry that takes the time of its loading and of its `activate`. */
function stageMeasured(folder: TempFolder): string {
  const vsix = folder.at("baton.vsix");
  execFileSync(process.execPath, ["scripts/package.mjs", "--out", vsix], { stdio: ["ignore", "ignore", "inherit"] });
  const packaged = join(distFolder, "vsix");
  const stage = folder.at("extension-under-test");
  mkdirSync(stage);
  const manifest = JSON.parse(readFileSync(join(packaged, "package.json"), "utf8"));
  writeFileSync(join(stage, "package.json"), JSON.stringify({ ...manifest, main: "./measured.cjs" }));
  writeFileSync(join(stage, "measured.cjs"), measuredEntry);
  cpSync(join(packaged, "extension"), join(stage, "extension"), { recursive: true });
  symlinkSync(join(packaged, "dist"), join(stage, "dist"));
  return stage;
}

async function packEmpty(folder: TempFolder): Promise<string> {
  const stage = folder.at("empty-extension");
  mkdirSync(stage);
  const manifest = {
    ...{ name: "empty", displayName: emptyName, publisher: "bench", version: "0.0.1", main: "./empty.cjs" },
    ...{ engines: { vscode: "^1.100.0" }, activationEvents: ["onStartupFinished"], extensionKind: ["workspace"] },
  };
  writeFileSync(join(stage, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(stage, "empty.cjs"), 'require("vscode"); exports.activate = () => {};');
  writeFileSync(join(stage, "README.md"), "# Nothing\n");
  const packagePath = folder.at("empty.vsix");
  await createVSIX({ cwd: stage, packagePath, dependencies: false, allowMissingRepository: true, skipLicense: true });
  return packagePath;
}

const measuredEntry = `
const { writeFileSync } = require("node:fs");
const before = performance.now();
const extension = require("./dist/extension.cjs");
const loadMs = performance.now() - before;
exports.activate = async (context) => {
  const called = performance.now();
  const result = await extension.activate(context);
  const activateMs = performance.now() - called;
  writeFileSync(process.env.BATON_ACTIVATION_REPORT, JSON.stringify({ loadMs, activateMs }));
  return result;
};
exports.deactivate = () => extension.deactivate?.();
`;
