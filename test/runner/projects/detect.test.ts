import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { Project } from "#protocol/documents";
import { detectProjects } from "#runner/node/projects/detect-projects";
import type { Machine } from "#runner/node/projects/machine";
import { tempFolder } from "#test/support/temp";
import { type Files, machineWith, writeFiles } from "./workspace";

interface Case {
  readonly name: string;
  readonly files: Files;
  readonly machine?: Machine;
  readonly finds: readonly Partial<Project>[];
}

const node = (name: string, script: string, dependency: string, more: object = {}) => ({
  "package.json": { name, scripts: { dev: script }, devDependencies: { [dependency]: "1" }, ...more },
});

const frameworks: readonly Case[] = (
  [
    ["vite", "vite", "vite", 5173, "-- --port {port}"],
    ["next", "next dev --turbopack", "next", 3000, "-- --port {port}"],
    ["nuxt", "nuxt dev", "nuxt", 3000, "-- --port {port}"],
    ["astro", "astro dev", "astro", 4321, "-- --port {port}"],
    ["sveltekit", "vite dev", "@sveltejs/kit", 5173, "-- --port {port}"],
    ["react-router", "react-router dev", "@react-router/dev", 5173, "-- --port {port}"],
    ["remix", "remix vite:dev", "@remix-run/dev", 5173, "-- --port {port}"],
    ["angular", "ng serve", "@angular/cli", 4200, "-- --port {port}"],
    ["gatsby", "gatsby develop", "gatsby", 8000, "-- --port {port}"],
    ["vue-cli", "vue-cli-service serve", "@vue/cli-service", 8080, "-- --port {port}"],
    ["webpack-dev-server", "webpack serve", "webpack-dev-server", 8080, "-- --port {port}"],
    ["parcel", "parcel index.html", "parcel", 1234, "-- --port {port}"],
    ["eleventy", "eleventy --serve", "@11ty/eleventy", 8080, "-- --port {port}"],
    ["create-react-app", "react-scripts start", "react-scripts", 3000, undefined],
    ["express", "node server.js", "express", 3000, undefined],
    ["fastify", "node --watch src/server.ts", "fastify", 3000, undefined],
    ["koa", "nodemon app.js", "koa", 3000, undefined],
    ["hono", "tsx watch src/index.ts", "hono", 3000, undefined],
  ] as const
).map(([framework, script, dependency, port, portArguments]) => ({
  name: `${framework}, by its script`,
  files: node("web", script, dependency),
  finds: [{ folder: "", name: "web", framework, command: "npm run dev", port, portArguments }],
}));

const managers: readonly Case[] = (
  [
    ["package-lock.json", "npm", "npm run dev", "-- --port {port}"],
    ["npm-shrinkwrap.json", "npm", "npm run dev", "-- --port {port}"],
    ["pnpm-lock.yaml", "pnpm", "pnpm run dev", "--port {port}"],
    ["yarn.lock", "yarn", "yarn run dev", "--port {port}"],
    ["bun.lock", "bun", "bun run dev", "--port {port}"],
    ["bun.lockb", "bun", "bun run dev", "--port {port}"],
  ] as const
).map(([lock, packageManager, command, portArguments]) => ({
  name: `${packageManager}, by its ${lock}`,
  files: { ...node("web", "vite", "vite"), [lock]: "" },
  finds: [{ packageManager, command, portArguments }],
}));

const ports: readonly Case[] = (
  [
    ["--port in the script", { ...node("a", "vite --host --port 4000", "vite") }, 4000],
    ["--port= in the script", { ...node("a", "next dev --port=4001", "next") }, 4001],
    ["-p in the script", { ...node("a", "next dev -p 4002", "next") }, 4002],
    ["PORT= in the script", { ...node("a", "cross-env PORT=4003 react-scripts start", "react-scripts") }, 4003],
    [
      "Vite's configuration",
      {
        ...node("a", "vite", "vite"),
        "vite.config.ts":
          "export default defineConfig({ // server: { port: 1 }\n server: { hmr: { port: 2 }, host: true, /* port: 3 */ port: 4004 } })",
      },
      4004,
    ],
    [
      "webpack's configuration",
      {
        ...node("a", "webpack serve", "webpack-dev-server"),
        "webpack.config.js": "module.exports = { devServer: { port: 4005 } };",
      },
      4005,
    ],
    [
      "the environment's file",
      { ...node("a", "react-scripts start", "react-scripts"), ".env": 'SECRET=1\nexport PORT="4006" # here\n' },
      4006,
    ],
    [
      "the source, where it may be set",
      { ...node("a", "node server.js", "express"), "server.js": "app.listen(process.env.PORT ?? 4007);" },
      4007,
    ],
    [
      "the source",
      { ...node("a", "node src/server.mjs", "express"), "src/server.mjs": "// port: 1\napp.listen(4008, ready);" },
      4008,
    ],
    [
      "the way it is run",
      { "package.json": { scripts: { preview: "vite preview" }, dependencies: { vite: "7" } } },
      4173,
    ],
    ["no number that is none", { ...node("a", "vite --port 99999", "vite") }, 5173],
    ["no file of a folder elsewhere", { ...node("a", "node ../../x.js", "express") }, 3000],
  ] as const
).map(([where, files, port]) => ({ name: `the port, by ${where}`, files, finds: [{ port }] }));

const others: readonly Case[] = (
  [
    ["django", { "manage.py": "import django" }, "python3 manage.py runserver", 8000, "{port}"],
    ["flask", { "app.py": "app = Flask(__name__)" }, "python3 -m flask --app app run --debug", 5000, "--port {port}"],
    [
      "fastapi",
      { "src/main.py": "api: FastAPI = FastAPI()\n", "uv.lock": "" },
      "uv run python -m uvicorn src.main:api --reload",
      8000,
      "--port {port}",
    ],
    [
      "fastapi",
      { "app/main.py": "app = FastAPI()\n", "poetry.lock": "" },
      "poetry run python -m uvicorn app.main:app --reload",
      8000,
      "--port {port}",
    ],
    [
      "streamlit",
      { "app.py": "import streamlit as st\n", ".venv/bin/python": "" },
      ".venv/bin/python -m streamlit run app.py --server.headless true",
      8501,
      "--server.port {port}",
    ],
    ["python", { "main.py": 'HTTPServer(("127.0.0.1", 8090), Handler)' }, "python3 main.py", 8090, undefined],
    ["python", { "main.py": "print(1)" }, "python3 main.py", undefined, undefined],
    ["static", { "index.html": "" }, "python3 -m http.server --bind 127.0.0.1", 8000, "{port}"],
    ["php", { "index.php": "" }, "php -S 127.0.0.1:8000", 8000, "-S 127.0.0.1:{port}"],
    ["deno", { "deno.json": { tasks: { dev: "deno run main.ts" } } }, "deno task dev", 8000, undefined],
    ["rails", { Gemfile: 'gem "rails"', "config.ru": "" }, "bundle exec rails server", 3000, "--port {port}"],
    ["laravel", { artisan: "", "composer.json": "{}" }, "php artisan serve", 8000, "--port={port}"],
    ["go", { "go.mod": "", "main.go": '// port: 1\nhttp.ListenAndServe(":8081", nil)' }, "go run .", 8081, undefined],
    ["rust", { "Cargo.toml": "", "src/main.rs": "fn main() {}" }, "cargo run", undefined, undefined],
  ] as const
).map(([framework, files, command, port, portArguments]) => ({
  name: `${framework}: ${command}`,
  files,
  finds: [{ framework, command, port, portArguments }],
}));

const cases: readonly Case[] = [
  ...frameworks,
  ...managers,
  ...ports,
  ...others,
  {
    name: "the packages of a monorepo beside its root, with the root's package manager",
    files: {
      "package.json": {
        name: "mono",
        workspaces: ["apps/*"],
        scripts: { dev: "turbo run dev" },
        packageManager: "pnpm@9.1.0+sha512.ab",
      },
      "apps/web/package.json": { name: "@mono/web", scripts: { dev: "next dev" }, dependencies: { next: "15" } },
      "apps/api/package.json": { scripts: { start: "node index.js" }, dependencies: { fastify: "5" } },
      "packages/lib/package.json": { name: "lib", scripts: { test: "vitest" } },
    },
    finds: [
      {
        folder: "",
        name: "mono",
        framework: undefined,
        packageManager: "pnpm",
        command: "pnpm run dev",
        port: undefined,
      },
      { folder: "apps/api", name: "api", framework: "fastify", packageManager: "pnpm", command: "pnpm run start" },
      {
        folder: "apps/web",
        name: "@mono/web",
        framework: "next",
        packageManager: "pnpm",
        portArguments: "--port {port}",
      },
    ],
  },
  {
    name: "a server of Python and pages of Node in one folder",
    files: { "manage.py": "import django", ...node("pages", "vite", "vite") },
    finds: [{ framework: "vite" }, { framework: "django" }],
  },
  {
    name: "a package whose server is only a file",
    files: { "package.json": { main: "server.js", dependencies: { express: "5" } }, "server.js": "app.listen(3100)" },
    finds: [{ command: "node server.js", framework: "express", port: 3100 }],
  },
  {
    name: "the script behind a script, which gets no arguments",
    files: {
      "package.json": {
        scripts: { start: "npm run serve:web", "serve:web": "vite --port 4009" },
        dependencies: { vite: "7" },
      },
    },
    finds: [{ command: "npm run start", framework: "vite", port: 4009, portArguments: undefined }],
  },
  ...["vite & node server.js", "concurrently vite tsc", "vite && echo over"].map((script) => ({
    name: `no arguments for “${script}”`,
    files: node("a", script, "vite"),
    finds: [{ framework: "vite", portArguments: undefined }],
  })),
  {
    name: "arguments for the last program of several",
    files: node("a", "tsc -b && NODE_ENV=development npx vite", "vite"),
    finds: [{ framework: "vite", portArguments: "-- --port {port}" }],
  },
  {
    name: "pages that stand beside no project, and none that belong to one",
    files: {
      "shop/package.json": { scripts: { dev: "vite" }, dependencies: { vite: "7" } },
      "shop/index.html": "",
      "shop/public/index.html": "",
      "leaflet/index.html": "",
      "leaflet/old/index.html": "",
    },
    finds: [
      { folder: "leaflet", framework: "static" },
      { folder: "shop", framework: "vite" },
    ],
  },
  {
    name: "nothing in folders that others or programs have filled, or below the third",
    files: Object.fromEntries(
      ["node_modules/x", "dist", ".hidden", ".venv/lib", "venv", "a/b/c/d"].map((folder) => [
        `${folder}/package.json`,
        { scripts: { dev: "vite" } },
      ]),
    ),
    finds: [],
  },
  {
    name: "nothing of what is damaged, too large, or odd",
    files: {
      "damaged/package.json": '{"scripts": {"dev": "vite"',
      "list/package.json": [],
      "null/package.json": "null",
      "odd/package.json": { name: 7, scripts: "vite", dependencies: ["vite"] },
      "large/package.json": { scripts: { dev: "vite" }, text: "x".repeat(300 * 1024) },
      "numbers/package.json": { scripts: { dev: 7 } },
      "package.json/README": "a folder by this name",
    },
    finds: [],
  },
  {
    name: "a name that cannot be seen is another's",
    files: { "shop/package.json": { name: "\u202e\u0007", scripts: { dev: "vite", "a\u202eb": "", "\u0000": "" } } },
    finds: [{ name: "shop", scripts: ["dev", "ab"] }],
  },
  {
    name: "a manifest that begins with a byte order mark",
    files: { "package.json": `\ufeff${JSON.stringify({ scripts: { dev: "vite" } })}` },
    finds: [{ framework: "vite" }],
  },
  {
    name: "without Python, pages are served by what is there",
    machine: machineWith(["ruby"]),
    files: { "index.html": "" },
    finds: [{ command: "ruby -run -e httpd . -b 127.0.0.1 -p 8080" }],
  },
  {
    name: "without anything, by what comes with Node",
    machine: machineWith([]),
    files: { "index.html": "" },
    finds: [{ command: "npx --yes http-server -a 127.0.0.1 -c-1", port: 8080 }],
  },
  {
    name: "on Windows by its launcher, and by the environment of a project",
    machine: machineWith(["py", "python3"], "win32"),
    files: { "site/index.html": "", "web/manage.py": "import django", "web/venv/Scripts/python.exe": "" },
    finds: [
      { command: "py -m http.server --bind 127.0.0.1" },
      { command: "venv\\Scripts\\python manage.py runserver" },
    ],
  },
];

/** What is expected is compared field by field; a field that is not named may be anything. */
async function check({ files, finds, machine = machineWith(["python3"]) }: Case): Promise<void> {
  using folder = tempFolder("projects");
  writeFiles(folder.path, files);
  const found = await detectProjects(folder.path, machine);
  const compared = found.map((project, index) =>
    Object.fromEntries(Object.keys(finds[index] ?? project).map((key) => [key, project[key]])),
  );
  assert.deepEqual(compared, finds);
  for (const project of found) assert.deepEqual(Project.parse(project), project);
}

describe("the projects of a workspace", () => {
  for (const one of cases) it(one.name, () => check(one));

  it("no link is followed, neither to a folder nor to a file", async () => {
    using outside = tempFolder("outside");
    using folder = tempFolder("projects");
    writeFiles(outside.path, { "package.json": { scripts: { dev: "vite" } }, "server.js": "listen(4321)" });
    writeFiles(folder.path, {
      "file/README": "",
      "real/package.json": { scripts: { dev: "node src/server.js" }, dependencies: { express: "5" } },
    });
    symlinkSync(outside.path, folder.at("linked"), "junction");
    symlinkSync(outside.path, folder.at("real", "src"), "junction");
    if (process.platform !== "win32") symlinkSync(outside.at("package.json"), folder.at("file", "package.json"));
    const found = await detectProjects(folder.path, machineWith([]));
    assert.deepEqual(
      found.map(({ folder, port }) => ({ folder, port })),
      [{ folder: "real", port: 3000 }],
    );
  });

  it("a pipe by the name of a manifest is not waited for", async function () {
    if (process.platform === "win32") this.skip();
    using folder = tempFolder("projects");
    const { execFileSync } = await import("node:child_process");
    execFileSync("mkfifo", [folder.at("package.json")]);
    writeFiles(folder.path, { "web/package.json": { scripts: { dev: "vite" } } });
    assert.equal((await detectProjects(folder.path, machineWith([]))).length, 1);
  });

  it("at most twenty are told, the nearest first", async () => {
    using folder = tempFolder("projects");
    const names = Array.from({ length: 30 }, (_, index) => `p${String(index).padStart(2, "0")}`);
    const manifest = { scripts: { dev: "vite" } };
    writeFiles(folder.path, { "a/b/package.json": manifest });
    writeFiles(folder.path, Object.fromEntries(names.map((name) => [`${name}/package.json`, manifest])));
    const found = await detectProjects(folder.path, machineWith([]));
    assert.deepEqual(
      found.map((one) => one.folder),
      names.slice(0, 20),
    );
  });

  it("a folder that is not there has none", async () => {
    using folder = tempFolder("projects");
    assert.deepEqual(await detectProjects(folder.at("gone"), machineWith([])), []);
  });
});
