import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtInTemplates, placeTemplate } from "#runner/node/templates/templates";
import { distFolder } from "#test/support/dist";
import { freePort } from "#test/support/ports";
import { descendants, processGone, runProcess, startProcess, type TestProcess } from "#test/support/processes";
import { skipBecause } from "#test/support/skip";
import { type TempFolder, tempFolder } from "#test/support/temp";
import { until } from "#test/support/until";

/** What each of them does when it runs, beside that it answers. */
const rows: Readonly<
  Record<
    string,
    {
      readonly path: string;
      readonly says: RegExp;
      readonly checks: readonly string[];
      readonly changes?: readonly [file: string, from: string, path: string];
    }
  >
> = {
  "react-vite": {
    path: "/",
    says: /<title>Tea shop<\/title>/,
    checks: ["npm run build"],
    changes: ["src/App.jsx", "shows it at once", "/src/App.jsx"],
  },
  "static-site": { path: "/", says: /<h1>Tea shop<\/h1>/, checks: [], changes: ["index.html", "One sentence", "/"] },
  "express-api": { path: "/", says: /"name":"tea-shop"/, checks: ["npm test"] },
  "python-scripts": {
    path: "/",
    says: /<h1>Tea shop<\/h1>/,
    checks: ["python3 -m unittest", "python3 main.py count README.md"],
  },
  empty: { path: "", says: /./, checks: [] },
};

describe("the built-in templates", function () {
  this.timeout(120_000);
  let temp: TempFolder;
  before(() => {
    temp = tempFolder("templates");
    mkdirSync(temp.at("home"));
  });
  after(() => temp?.remove());

  it("are those that are tested here", async () => {
    const all = await builtInTemplates(distFolder);
    assert.deepEqual(
      all.map(({ id }) => id),
      Object.keys(rows).sort(),
    );
    for (const one of all) assert.ok(one.name.length > 3 && one.description.endsWith("."), one.id);
  });

  for (const [id, { path, says, checks, changes }] of Object.entries(rows)) {
    describe(id, () => {
      let folder: string;
      let template: Awaited<ReturnType<typeof placeTemplate>>["template"];
      let server: TestProcess | undefined;
      const shell = (line: string) => ["/bin/sh", "-c", line] as const;

      before("is placed and made ready", async function () {
        if (process.platform === "win32")
          skipBecause(this, "the commands of the templates are tested in a POSIX shell");
        const environment = { PATH: process.env.PATH ?? "", HOME: temp.at("home") };
        const source = { kind: "built-in", id } as const;
        const placed = await placeTemplate({ built: distFolder, environment, source, target: temp.at(id, "Tea Shop") });
        ({ folder, template } = placed);
        assert.equal(placed.repository.kind, "begun");
        if (template.setUp === undefined) return;
        const { code, stderr } = await runProcess(shell(template.setUp), { cwd: folder, timeoutMs: 90_000 });
        if (code !== 0 && /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(stderr))
          skipBecause(this, "the npm registry cannot be reached");
        assert.equal(code, 0, stderr);
      });
      after(async () => {
        if (!server) return;
        const all = [server.pid, ...descendants(server.pid)];
        process.kill(-server.pid, "SIGTERM");
        await Promise.all(all.map((pid) => processGone(pid)));
      });

      it("has its variables filled, and says to agents how it is run", () => {
        const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
        const own = files
          .map((one) => join(one.parentPath, one.name))
          .filter((file) => !/node_modules|[/\\]\.git[/\\]/.test(file));
        assert.deepEqual(
          own.filter((file) => /\{\{[a-z0-9-]+\}\}/.test(readFileSync(file, "utf8"))),
          [],
        );
        for (const name of ["AGENTS.md", "README.md", ".gitignore"]) assert.ok(existsSync(join(folder, name)), name);
        const agents = readFileSync(join(folder, "AGENTS.md"), "utf8");
        assert.ok(agents.startsWith("# Tea shop\n"));
        for (const line of [template.setUp, template.start, ...checks.filter((check) => !check.includes("README"))]) {
          if (line !== undefined) assert.ok(agents.includes(line), `AGENTS.md does not name “${line}”`);
        }
        for (const [, file = ""] of agents.matchAll(/`((?:[\w-]+\/)*[\w-]+\.(?:jsx?|mjs|py|html|css))`/g)) {
          assert.ok(existsSync(join(folder, file)), `AGENTS.md names ${file}`);
        }
      });

      for (const check of checks) {
        it(`“${check}” passes`, async () => {
          const { code, stdout, stderr } = await runProcess(shell(check), {
            cwd: folder,
            env: { NODE_OPTIONS: undefined, NODE_TEST_CONTEXT: undefined },
          });
          assert.equal(code, 0, `${stdout}\n${stderr}`);
        });
      }

      if (id === "empty") return;

      it("answers on its port, shows a change, and leaves nothing in the way of Git", async () => {
        const { start = "" } = template;
        const port = await freePort();
        server = startProcess(shell(`exec ${start}`), {
          cwd: folder,
          detached: true,
          env: { PORT: String(port), NODE_OPTIONS: undefined },
        });
        const at = (where: string) =>
          fetch(`http://localhost:${port}${where}`).then(
            (answer) => answer.text(),
            () => undefined,
          );
        const page = await until(`${id} answers on port ${port}\n${server.stderr()}`, () => at(path));
        assert.match(page, says);
        if (changes) {
          const [file, from, where] = changes;
          const text = readFileSync(join(folder, file), "utf8");
          assert.ok(text.includes(from));
          writeFileSync(join(folder, file), text.replace(from, "It has changed"));
          await until(
            "the change is shown",
            async () => ((await at(where)) ?? "").includes("It has changed") || undefined,
          );
          writeFileSync(join(folder, file), text);
        }
        const { stdout } = await runProcess(["git", "status", "--porcelain"], { cwd: folder });
        assert.deepEqual(
          stdout.split("\n").filter((line) => !line.endsWith("package-lock.json")),
          [""],
        );
      });

      // Vite takes the next one by itself.
      if (id === "react-vite") return;

      it("says when its port is taken", async () => {
        const { start = "" } = template;
        const taken = server?.stdout().match(/localhost:(\d+)/)?.[1] ?? "";
        const { code, stderr } = await runProcess(shell(start.replace("npm run dev", "npm start")), {
          cwd: folder,
          env: { PORT: taken, NODE_OPTIONS: undefined },
          timeoutMs: 15_000,
        });
        assert.equal(code, 1);
        assert.match(stderr, new RegExp(`Port ${taken} .*(is taken|cannot be used)`));
      });
    });
  }
});

describe("the static site's server", function () {
  this.timeout(30_000);

  it("shows nothing but the site, and says to open pages that a file has changed", async () => {
    using temp = tempFolder("static-site");
    mkdirSync(temp.at("home"));
    const environment = { PATH: process.env.PATH ?? "", HOME: temp.at("home") };
    const folder = temp.at("site");
    await placeTemplate({
      built: distFolder,
      environment,
      source: { kind: "built-in", id: "static-site" },
      target: folder,
    });
    const port = await freePort();
    await using server = startProcess([process.execPath, "serve.mjs"], { cwd: folder, env: { PORT: String(port) } });
    await server.line((line) => line.includes(String(port)) || undefined);
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    assert.equal(await status("/styles.css"), 200);
    for (const path of [
      "/.git/config",
      "/.gitignore",
      "/%2e%2e/x",
      "/..%2f..%2fetc/passwd",
      "/..%5c..%5cx",
      "/%2fetc%2fpasswd",
      "/nothing",
      "/%",
    ]) {
      assert.equal(await status(path), 404, path);
    }
    /** What a page that was loaded now listens to. */
    const listening = async () => {
      const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
      const [, address = ""] = /new EventSource\("([^"]+)"\)/.exec(page) ?? [];
      return `http://127.0.0.1:${port}${address}`;
    };
    const heard = async (reader?: ReadableStreamDefaultReader<Uint8Array>) =>
      new TextDecoder().decode((await reader?.read())?.value);
    const address = await listening();
    const reader = (await fetch(address)).body?.getReader();
    assert.equal(await heard(reader), ":\n\n");
    writeFileSync(join(folder, "main.js"), "// changed\n");
    assert.match(await heard(reader), /^data: changed/);
    await reader?.cancel();
    // A page that listens later than the change, because it was still on its way, hears of it at once.
    const late = (await fetch(address)).body?.getReader();
    assert.match(await heard(late), /^data: changed/);
    await late?.cancel();
    const anew = (await fetch(await listening())).body?.getReader();
    assert.equal(await heard(anew), ":\n\n");
    await anew?.cancel();
  });
});
