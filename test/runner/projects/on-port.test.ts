import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { commandOnPort } from "#runner/node/projects/command-on-port";
import { detectProjects } from "#runner/node/projects/detect-projects";
import { thisMachine } from "#runner/node/projects/machine";
import { isPortTaken } from "#runner/node/projects/port-taken";
import { freePort } from "#test/support/ports";
import { startProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";
import { installDevServers } from "../../e2e/dev-servers.mjs";
import { type Files, writeFiles } from "./workspace";

describe("a command on another port", () => {
  const cases = [
    ["npm run dev", "-- --port {port}", "npm run dev -- --port 4000"],
    ["npm run dev -- --host", "-- --port {port}", "npm run dev -- --host --port 4000"],
    ["npm run dev --", "-- --port {port}", "npm run dev -- --port 4000"],
    ["pnpm run dev ", "--port {port}", "pnpm run dev --port 4000"],
    ["python3 manage.py runserver", "{port}", "python3 manage.py runserver 4000"],
  ] as const;
  for (const [command, portArguments, expected] of cases) {
    it(`${command}, with ${portArguments}`, () =>
      assert.deepEqual(commandOnPort({ command, portArguments }, 4000), { command: expected, env: {} }));
  }
  it("where nothing is known, by PORT in its environment", () =>
    assert.deepEqual(commandOnPort({ command: "npm start" }, 4000), { command: "npm start", env: { PORT: "4000" } }));
});

const page = { "index.html": '<!doctype html><title>A project</title><script type="module" src="/main.js"></script>' };
const webpack = {
  "src/index.js": "document.title = 'A project';",
  "public/index.html": page["index.html"],
  "webpack.config.js": 'module.exports = { mode: "development", devServer: { open: false } };',
};

interface RealCase {
  readonly name: string;
  readonly files: Files;
  readonly framework: string;
  /** Real packages from the cache of this machine. */
  readonly needsPackages: boolean;
}

const packageWith = (dev: string, dependency: string) => ({
  "package.json": { scripts: { dev }, devDependencies: { [dependency]: "*" } },
});

const realCases: readonly RealCase[] = [
  ...["vite", "vite --port 5999"].map((dev) => ({
    ...{ name: `“${dev}”`, framework: "vite", needsPackages: true },
    files: { ...page, ...packageWith(dev, "vite"), "main.js": "" },
  })),
  ...["webpack serve", "webpack serve --port 5998"].map((dev) => ({
    ...{ name: `“${dev}”`, framework: "webpack-dev-server", needsPackages: true },
    files: { ...webpack, ...packageWith(dev, "webpack-dev-server") },
  })),
  { name: "pages of a folder", framework: "static", needsPackages: false, files: page },
  {
    ...{ name: "a server of the project's own", framework: "express", needsPackages: false },
    files: {
      ...packageWith("node server.js", "express"),
      "server.js": `require("node:http")
        .createServer((_request, response) => response.end("A project"))
        .listen(process.env.PORT || 5997, "127.0.0.1");`,
    },
  },
];

describe("real servers, detected and started on another port", function () {
  this.timeout(120_000);
  let packages: string;

  before(async function () {
    if (process.platform === "win32") skipBecause(this, "their command lines are started through sh");
    try {
      packages = (await installDevServers()).folder;
    } catch (error) {
      skipBecause(this, `the dev servers could not be installed: ${String(error)}`);
    }
  });

  for (const { name, files, framework, needsPackages } of realCases) {
    it(`${framework}: ${name}`, async () => {
      using folder = tempFolder("on-port");
      writeFiles(folder.path, files);
      if (needsPackages) symlinkSync(join(packages, "node_modules"), folder.at("node_modules"));
      const env: Record<string, string> = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
      const [project] = await detectProjects(folder.path, thisMachine(env));
      assert.equal(project?.framework, framework);
      const port = await freePort();
      const started = commandOnPort(project, port);
      const server = startProcess(["sh", "-c", started.command], {
        cwd: folder.path,
        env: { ...env, ...started.env },
        detached: true,
      });
      try {
        const answer = await until(
          `${started.command} answers at ${port}: ${server.stderr()}`,
          async () => {
            const hosts = ["127.0.0.1", "[::1]"].map((host) => fetch(`http://${host}:${port}/`));
            return (await Promise.any(hosts).catch(() => undefined))?.text();
          },
          60_000,
        );
        assert.match(answer, /A project/);
        assert.equal(await isPortTaken(port), true);
      } finally {
        // The shell, npm and the server are one group.
        process.kill(-server.pid, "SIGKILL");
        await server.exited;
      }
    });
  }
});
