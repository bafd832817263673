import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { browserPath, launchBrowser } from "#test/support/browser";
import { freePort } from "#test/support/ports";
import { startProcess, type TestProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type System, startSystem } from "#test/support/system";
import { until } from "#test/support/until";
import { installDevServers } from "./dev-servers.mjs";

/** A project as its author would have it: nothing in it knows of a preview. */
interface Project {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly edited: string;
  readonly command: (port: number) => readonly string[];
}

const page = (script: string) => `<!doctype html><title>A project</title><h1></h1>${script}`;
const greeting = (word: string) => `export const greeting = "${word}";\n`;
const main = `
import { greeting } from "./greeting.js";
const show = (text) => { document.querySelector("h1").textContent = text; };
show(greeting);
window.loads = (window.loads ?? 0) + 1;
`;

const projects: readonly Project[] = [
  {
    name: "vite",
    files: {
      "index.html": page('<script type="module" src="/main.js"></script>'),
      "main.js": `${main}import.meta.hot?.accept("./greeting.js", (next) => show(next.greeting));\n`,
    },
    edited: "greeting.js",
    command: (port) => ["vite", "--port", String(port), "--strictPort"],
  },
  {
    name: "webpack-dev-server",
    files: {
      "public/index.html": page('<script src="/main.js"></script>'),
      "src/index.js": `${main}if (module.hot) module.hot.accept("./greeting.js", () => show(greeting));\n`,
      "webpack.config.js":
        'module.exports = { mode: "development", entry: "./src/index.js", devServer: { hot: true, open: false } };\n',
    },
    edited: "src/greeting.js",
    command: (port) => ["webpack", "serve", "--port", String(port)],
  },
];

describe("the pages of real dev servers, with hot reload, through the relay", function () {
  this.timeout(120_000);
  let system: System;
  let browserPage: Page;
  let packages: string;
  const ports = new Map<string, number>();
  const started: TestProcess[] = [];

  before(async function () {
    if (!(await browserPath())) skipBecause(this, "there is no Chromium here");
    try {
      packages = (await installDevServers()).folder;
    } catch (error) {
      skipBecause(this, `the dev servers could not be installed: ${String(error)}`);
    }
    for (const { name } of projects) ports.set(name, await freePort());
    system = await startSystem({ previewPorts: [...ports.values()] });
    browserPage = await (await (await launchBrowser()).newContext()).newPage();
  });
  after(async () => {
    await browserPage?.context().browser()?.close();
    await Promise.all(started.map((one) => one.stop()));
    await system?.stop();
  });

  for (const { name, files, edited, command } of projects) {
    it(`${name} needs to be told nothing`, async () => {
      const folder = system.temp.at(name);
      const write = (file: string, text: string) => {
        mkdirSync(join(folder, file, ".."), { recursive: true });
        writeFileSync(join(folder, file), text);
      };
      for (const [file, text] of Object.entries(files)) write(file, text);
      write(edited, greeting("first"));
      symlinkSync(join(packages, "node_modules"), join(folder, "node_modules"));
      const port = ports.get(name) ?? 0;
      const [bin = "", ...args] = command(port);
      started.push(startProcess([join(packages, "node_modules", ".bin", bin), ...args], { cwd: folder }));
      const localhost = async () => {
        const answers = ["127.0.0.1", "[::1]"].map((host) => fetch(`http://${host}:${port}/`).then(({ ok }) => ok));
        return (await Promise.any(answers).catch(() => false)) || undefined;
      };
      await until(`${name} answers`, localhost, 60_000);

      const runnerId = (await system.runners[0]?.runnerId()) ?? "";
      const { id } = await system.owner.client.call("openPreview", { body: { runnerId, port, name } });
      await browserPage.goto((await system.owner.client.call("enterPreview", { params: { id } })).url);
      const shows = (text: string) => browserPage.getByRole("heading", { name: text, exact: true }).waitFor();
      await shows("first");
      write(edited, greeting("second"));
      await shows("second");
      const loads = await browserPage.evaluate(() => (window as unknown as { loads: number }).loads);
      assert.equal(loads, 1, "the page was changed in its place, not loaded again");
    });
  }
});
