import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "mocha";
import type { BrowserContext, Page } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { distFolder } from "#test/support/dist";
import { freePort } from "#test/support/ports";
import { commandOf, descendants, processGone, startProcess, type TestProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { hostErrors } from "#test/vscode/host-log";
import { installedExtension } from "#test/vscode/installed-extension";
import { quietEnds } from "#test/vscode/quiet-ends";
import { tellFailure } from "#test/vscode/tell-failure";
import { codeServer } from "./code-server.mjs";

const size = { width: 1280, height: 800 };

/** Settings that keep the editor quiet; the terminal draws into the page, where a test can read it. */
const quiet = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "telemetry.telemetryLevel": "off",
  "terminal.integrated.gpuAcceleration": "off",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** A real VS Code, served by code-server, with a user data folder of its own, and a browser in front of it. */
export interface Editor extends AsyncDisposable {
  readonly server: TestProcess;
  readonly folder: TempFolder;
  readonly context: BrowserContext;
  readonly page: Page;
  /** Opens a window on a folder. */
  readonly open: (workspace: string, payload?: readonly (readonly [string, string])[]) => Promise<void>;
  /** Keeps a picture of the window for people to look at. */
  readonly picture: (name: string) => Promise<void>;
  /** Of its server, without a slash at its end. */
  readonly origin: string;
  /** The address of a file of this machine, as the editor names it. */
  readonly uri: (path: string) => string;
  readonly close: () => Promise<void>;
}

/** What the extension hosts of editors that were closed have complained of. */
const complaints: string[] = [];
/** Those which are open now. */
const editors = new Set<Editor>();

/**
 * Skips where this machine has no browser, or can have no editor. What the editors of the suite showed when a test
 * failed is kept. Behind the suite's own end it sees to it that no extension host has complained of an error that nobody
 * caught.
 */
export async function needEditor(context: Context): Promise<void> {
  if (!(await browserPath())) skipBecause(context, "there is no Chromium for the editor (BATON_CHROMIUM can name one)");
  try {
    codeServer();
  } catch (error) {
    skipBecause(context, `code-server could not be installed: ${error instanceof Error ? error.message : error}`);
  }
  const suite = context.test?.parent;
  suite?.afterEach("what the editor showed", async function () {
    if (this.currentTest?.state !== "failed") return;
    for (const editor of editors) {
      await tellFailure(editor);
      await editor.picture(`failed ${this.currentTest.title.slice(0, 40)}`);
    }
  });
  suite?.afterAll("no error in an extension host was left to itself", () => assert.deepEqual(complaints.splice(0), []));
}

interface EditorOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  /** A .vsix that is installed before the start. */
  readonly vsix?: string;
  /** The driver that runs a suite in the extension host; it refuses modal dialogs. */
  readonly testDriver?: boolean;
  /** Pixels of the picture for one of the page; default: 1. */
  readonly deviceScaleFactor?: number;
}

export async function startEditor(options: EditorOptions = {}): Promise<Editor> {
  const { node, entry } = codeServer();
  const folder = tempFolder("baton-code");
  const settings = folder.at("data", "User");
  mkdirSync(settings, { recursive: true });
  writeFileSync(folder.at("config.yaml"), "auth: none\n");
  writeFileSync(folder.at("data", "User", "settings.json"), JSON.stringify({ ...quiet, ...options.settings }));
  // Those of the machine are read on the side where extensions run.
  mkdirSync(folder.at("data", "Machine"), { recursive: true });
  writeFileSync(folder.at("data", "Machine", "settings.json"), JSON.stringify(options.settings ?? {}));
  const port = await freePort();
  const common = [
    ...["--config", folder.at("config.yaml"), "--auth", "none"],
    ...["--user-data-dir", folder.at("data"), "--extensions-dir", folder.at("extensions")],
  ];
  const env = { EXTENSIONS_GALLERY: '{"serviceUrl":"","itemUrl":""}', VSCODE_IPC_HOOK_CLI: undefined, ...options.env };
  if (options.vsix) {
    const installed = { code: { node, entry }, config: folder.at("config.yaml"), env };
    cpSync(await installedExtension(options.vsix, installed), folder.at("extensions"), { recursive: true });
  }
  const server = startProcess(
    [
      ...([node, entry, ...common] as [string, ...string[]]),
      ...["--bind-addr", `127.0.0.1:${port}`, "--disable-telemetry", "--disable-update-check"],
      ...["--disable-workspace-trust", "--disable-getting-started-override"],
      ...(options.testDriver ? ["--vscode-option", "enable-smoke-test-driver"] : []),
    ],
    { env },
  );
  await healthy(`http://127.0.0.1:${port}`, server);
  const front = await quietEnds(port);
  const base = `http://127.0.0.1:${front.port}`;
  const browser = await launchBrowser();
  const context = await browser.newContext({
    viewport: size,
    deviceScaleFactor: options.deviceScaleFactor ?? 1,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.setDefaultNavigationTimeout(60_000);
  // What the extension opens comes as a tab in front, behind which a window draws once a second.
  page.on("popup", (opened) => opened.close());
  const close = async () => {
    if (!browser.isConnected()) return;
    editors.delete(editor);
    await browser.close();
    const below = descendants(server.pid);
    // A keeper outlives whoever started it.
    const keepers = below.filter((pid) => commandOf(pid)?.includes("keeper.cjs"));
    const stay = new Set(keepers.flatMap((pid) => [pid, ...descendants(pid)]));
    await server.stop();
    await front.close();
    await Promise.all(below.filter((pid) => !stay.has(pid)).map((pid) => processGone(pid)));
    if (existsSync(folder.at("data", "logs"))) complaints.push(...hostErrors(folder.at("data")));
    folder.remove();
  };
  const editor: Editor = {
    server,
    folder,
    context,
    page,
    origin: base,
    uri: (path) => `vscode-remote://127.0.0.1:${front.port}${path}`,
    open: async (workspace, payload = []) => {
      const query = payload.length > 0 ? `&payload=${encodeURIComponent(JSON.stringify(payload))}` : "";
      await page.goto(`${base}/?folder=${encodeURI(workspace)}${query}`);
    },
    async picture(name) {
      await page.screenshot({ path: join(distFolder, "pictures", "vscode", `${name}.png`) });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  editors.add(editor);
  return editor;
}

async function healthy(base: string, server: TestProcess): Promise<void> {
  for (let ended = false; !ended; ) {
    const isUp = await fetch(`${base}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (isUp) return;
    ended = await Promise.race([server.exited.then(() => true), delay(50, false)]);
  }
  throw new Error(`the editor's server ended\n${server.stdout()}${server.stderr()}`);
}
